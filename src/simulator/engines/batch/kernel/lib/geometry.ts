// Sizes of a core. The kernels are built twice from the same sources (scripts/build-kernels.mjs): for cores of at most 256 axons, 256 neurons and
// four axon types, and, with GENERAL_CORES defined, for cores of up to 1024 axons, 1024 neurons and 16 axon types. There a core of the chip is as
// many cores of the kernel as it has blocks of 256 neurons, which read the same axons. ../../layout.ts has the same numbers.

/** Whether this is the build for all cores. */
export const GENERAL: bool = isDefined(GENERAL_CORES);
/** log2 of the axons of a core. */
export const AXON_BITS: i32 = GENERAL ? 10 : 8;
export const AXONS: usize = GENERAL ? 1024 : 256;
export const N_TYPES: usize = GENERAL ? 16 : 4;

// Strides in bytes: a bit per neuron, a bit per axon, the rows of a core, its columns, its masks of axon types, its connections.
export const ROW_BYTES: usize = 32;
export const AXON_BYTES: usize = GENERAL ? 128 : 32;
export const CROSSBAR_BYTES: usize = GENERAL ? 32768 : 8192;
export const COLUMN_BYTES: usize = GENERAL ? 32768 : 8192;
export const TYPE_MASK_BYTES: usize = GENERAL ? 2048 : 128;
export const CONNECTION_BYTES: usize = GENERAL ? 2048 : 512;
/** Offset of the vector of zeros behind the axons. */
export const ZEROS: i16 = GENERAL ? 16384 : 4096;

// Parameters of a neuron: eight words, a weight per axon type, three words and padding.
export const PARAMETER_BYTES: usize = GENERAL ? 128 : 64;
