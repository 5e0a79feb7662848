import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportOnnx } from '../../../src/compiler/exporters/onnx.js';
import { onnx } from '../../../src/compiler/frontends/onnx/index.js';
import { decodeNetwork, encodeNetwork } from '../../../src/ir/network/file.js';
import { printNetwork } from '../../../src/ir/network/print.js';
import { modelPath } from '../../cli/harness.js';
import { asFile } from '../../support/onnx-case.js';

const MODELS = [
  'mnist-mlp',
  'mnist-conv',
  'mnist-resnet-1bit',
  'mnist-resnet-2bit',
  'mnist-resnet-4bit',
  'mnist-resnet-8bit',
  'mnist-resnet-float',
];

describe('an exported network', () => {
  it.each(MODELS)('%s is the same text when it is imported again', async (name) => {
    const network = decodeNetwork(readFileSync(modelPath(name)), name);
    const { bytes } = exportOnnx(network, '1.0.0', name);
    const { graph, warnings } = await onnx.read(asFile(bytes), {});
    expect(warnings).toEqual([]);
    const again = decodeNetwork(encodeNetwork(graph), name);
    expect(printNetwork(again, { weights: 'summary' })).toBe(printNetwork(network, { weights: 'summary' }));
    expect(printNetwork(again) === printNetwork(network)).toBe(true);
  });
});
