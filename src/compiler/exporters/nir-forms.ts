/** The form of every value of a network as NIR sees it: images channels first, vectors in the order of the image that they were. */
import { sizeOf } from '../../ir/network/shapes.js';
import { inferShapes } from '../../ir/network/shapes.js';
import { inputsOf, type NetworkGraph, type NetworkNode, type NodeId, type Shape } from '../../ir/network/types.js';
import { flatForm, imageForm, type ValueForm } from '../frontends/nir/values.js';

/** Forms by layer; none for values that are neither vectors nor images. What a delay brings is known from what it reads. */
export function formsOfNetwork(graph: NetworkGraph): ReadonlyMap<NodeId, ValueForm> {
  const shapes = inferShapes(graph);
  const forms = new Map<NodeId, ValueForm>();
  let known = -1;
  // Loops settle in as many rounds as they are deep; nothing changes once everything is known.
  while (forms.size > known) {
    known = forms.size;
    for (const node of graph.nodes) {
      if (forms.has(node.id)) continue;
      const before = inputsOf(node)
        .map((id) => forms.get(id))
        .find((form) => form !== undefined);
      const form = formAfter(node, before, shapes.get(node.id) ?? []);
      if (form !== undefined) forms.set(node.id, form);
    }
  }
  return forms;
}

function formAfter(node: NetworkNode, before: ValueForm | undefined, shape: Shape): ValueForm | undefined {
  switch (node.kind) {
    case 'input':
      return plainForm(shape);
    case 'dense':
      return flatForm(node.nOut);
    case 'conv2d':
    case 'sumPool':
    case 'avgPool':
      return plainForm(shape);
    case 'flatten': {
      const n = sizeOf(shape);
      return before === undefined ? undefined : { nir: [n], ours: [n], channels: before.channels };
    }
    default:
      return before;
  }
}

function plainForm(shape: Shape): ValueForm | undefined {
  const [h = 1, w = 1, c = 1] = shape;
  if (shape.length === 1) return flatForm(h);
  return shape.length === 3 ? imageForm([c, h, w]) : undefined;
}
