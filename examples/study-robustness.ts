/** `npm run study:robustness`: the study of docs/studies/robustness.md and its page. */
import { writeStudyPage } from './study-page.js';
import { studyTables } from './study-tables.js';

process.exitCode = await writeStudyPage({ name: 'robustness', options: [], tables: studyTables });
