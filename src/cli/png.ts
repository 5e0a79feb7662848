/** PNG files from SVG files. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Resvg } from '@resvg/resvg-js';

const require = createRequire(import.meta.url);

/** PT Sans (SIL Open Font License 1.1): with a font of our own the same figure gives the same pixels on every machine. */
const FONT_FILES = ['400Regular/PTSans_400Regular.ttf', '700Bold/PTSans_700Bold.ttf'] as const;

/** Pixels per unit of the SVG file: sharp on screens of high density and in print at half a page's width. */
const SCALE = 2;

/** Files of the font that the package brings, or none if it is not installed. */
function fontFiles(): readonly string[] {
  try {
    const files = FONT_FILES.map((file) => require.resolve(`@expo-google-fonts/pt-sans/${file}`));
    return files.every((file) => existsSync(file)) ? files : [];
  } catch {
    return [];
  }
}

/** Draws a whole SVG file as PNG at twice its size. @throws Error where the text is no SVG file */
export function toPng(svg: string): Uint8Array {
  const files = [...fontFiles()];
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: SCALE },
    font: {
      loadSystemFonts: files.length === 0,
      ...(files.length === 0 ? {} : { fontFiles: files, defaultFontFamily: 'PT Sans', sansSerifFamily: 'PT Sans' }),
    },
  });
  return image.render().asPng();
}

/** A sentence if PNG files would have no text: no font of our own, and none on this machine. Undefined if all is well. */
export function missingFontWarning(): string | undefined {
  if (fontFiles().length > 0) return undefined;
  const text =
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="2" y="15" font-family="sans-serif">M</text></svg>';
  const box = new Resvg(text, { font: { loadSystemFonts: true } }).getBBox();
  return box === undefined || box.width === 0
    ? 'PNG figures have no text: no font is installed (apt-get install fonts-dejavu-core); the SVG figures and the page are complete'
    : undefined;
}
