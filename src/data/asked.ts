/** One rule wherever somebody asks for a number of images: never fewer than were asked for. */
import { type Diagnostic, errorAt } from '../common/diagnostics.js';

/** A finding where more images are asked for than there are; `place` says where, with the number, `data` what has them. */
export function beyondData(
  { asked, place }: { readonly asked: number | undefined; readonly place: string },
  { there, data }: { readonly there: number; readonly data: string },
): readonly Diagnostic[] {
  if (asked === undefined || asked <= there) return [];
  const remedy = place.startsWith('--') ? 'leave the option out, or pass' : 'ask for';
  return [errorAt('limit-beyond-data', place, `${data} has only ${there}`, `${remedy} at most ${there}`)];
}
