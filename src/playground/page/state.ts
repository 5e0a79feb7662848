/** What a link carries, after the #: names and numbers that the page checks before it takes them. */

/** What is chosen. `level` is the place of the slider, 0..100. */
export interface LinkState {
  readonly example: string;
  readonly chip: string;
  readonly image: string;
  readonly fault: string;
  readonly level: string;
  readonly seed: string;
}

const DEFAULTS: LinkState = { example: '', chip: '', image: '0', fault: '', level: '0', seed: '1' };

/** The state of a link; what is missing or no number where one is due is as at first. */
export function stateOf(hash: string): LinkState {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (name: 'image' | 'level' | 'seed', most: number): string => {
    const text = given.get(name) ?? '';
    return /^\d{1,6}$/.test(text) && Number(text) <= most ? text : DEFAULTS[name];
  };
  const word = (name: 'example' | 'chip' | 'fault'): string => given.get(name) ?? '';
  return {
    ...{ example: word('example'), chip: word('chip'), fault: word('fault') },
    ...{ image: number('image', 9999), level: number('level', 100), seed: number('seed', 999_999) },
  };
}

/** The part of a link after the page, with what differs from the state at first. */
export function linkOf(state: LinkState): string {
  const kept = Object.entries(state).filter(([name, value]) => value !== '' && value !== Reflect.get(DEFAULTS, name));
  return `#${new URLSearchParams(kept).toString()}`;
}
