/** Where the build records the digest, under `dist`. */
export declare const RECORD: string;
/** SHA-256 over the paths and bytes of every kernel source and of the build script. */
export declare function kernelDigest(root: string): string;
