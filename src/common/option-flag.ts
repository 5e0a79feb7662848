/** The option of the command line with a name: `faultyCores` -> `--faulty-cores`. */
export const optionFlag = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
