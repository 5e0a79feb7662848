/** `npm run study:cifar10 -- --models DIR --data DIR`: the study of docs/studies/cifar10.md and its page. */
import { writeStudyPage } from './study-page.js';
import { importedTables } from './study-tables.js';

process.exitCode = await writeStudyPage({ name: 'cifar10', options: process.argv.slice(2), tables: importedTables });
