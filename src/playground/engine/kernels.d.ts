/** Made by scripts/playground.mjs: kernels in base64 by their paths under src, and the version of the package. */
declare module 'virtual:kernels' {
  const kernels: { readonly files: Readonly<Record<string, string>>; readonly version: string };
  export default kernels;
}
