/**
 * `npm run cifar10:check [-- DATA [IMAGES [EPOCHS]]]`: trains the CIFAR-10 recipe with an eighth of its channels on the first training
 * images of a data set (`cifar10` and 4,000 unless given, see docs/data.md), 8 epochs by default, and prints a line per epoch and
 * the accuracy on the first 1,000 test images. Exit code 1 if the loss does not fall from each epoch to the next or the test
 * accuracy is not 2.5 times that of guessing. About seven minutes of processor time.
 */
import { applyTransforms, loadDataset } from '../src/index.js';
import { train } from '../src/training.js';
import { sliceDataset } from '../src/data/index.js';
import { loadTrainingImages } from '../src/data/samples.js';
import { accuracyOn } from '../src/training/train.js';
import { cifar10Recipe, scaledRecipe } from './cifar10-scaled.js';

const [path = 'cifar10', nImages = '4000', nEpochs = '8'] = process.argv.slice(2);
const scale = { divisor: 8, epochs: Number(nEpochs), batchSize: 20, validationImages: 500, finalRate: 0.0003 };
const recipe = { ...scaledRecipe(await cifar10Recipe(), scale), dataset: path };
const { data, recorded } = await loadTrainingImages(recipe, undefined, Number(nImages));
const test = sliceDataset(await loadDataset(path, 'test'), 0, 1000);

const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;
const { network, history } = await train(recipe, data, {
  now: () => performance.now(),
  onProgress: ({ epoch, loss, accuracy, validationAccuracy, imagesPerSecond = 0 }) => {
    if (validationAccuracy === undefined) return;
    const rate = `${imagesPerSecond.toFixed(0)} images/s`;
    const note = `training ${percent(accuracy)}, validation ${percent(validationAccuracy)}, ${rate}`;
    console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}, ${note}`);
  },
});
const accuracy = await accuracyOn(network, applyTransforms(recorded.preprocessing ?? [], test));
const cpu = process.cpuUsage();
const seconds = Math.round((cpu.user + cpu.system) / 1e6);
console.log(`test accuracy ${percent(accuracy)} on ${test.labels.length} images, ${seconds} s of processor time`);

const falls = history.every(({ loss }, e) => e === 0 || loss < history[e - 1]!.loss);
if (!falls) console.error('the loss did not fall from each epoch to the next');
const isFar = accuracy > 2.5 / test.nClasses;
if (!isFar) console.error(`the accuracy is not above ${percent(2.5 / test.nClasses)}`);
process.exitCode = falls && isFar ? 0 : 1;
