import tseslint from 'typescript-eslint';

/** Everything random is drawn by src/common/rng.ts from a seed. */
const randomness = {
  object: 'Math',
  property: 'random',
  message: 'Draw from src/common/rng.ts: every result must repeat from its seed.',
};
const environment = {
  object: 'process',
  property: 'env',
  message: 'Only the command line may look at the environment; pass an option instead.',
};

/** AssemblyScript: another language with the same file ending. */
const KERNELS = ['src/**/kernel/**/*.ts'];

export default tseslint.config(
  {
    ignores: ['dist/**', 'node_modules/**', 'out/**', 'coverage/**'],
  },
  ...tseslint.configs.strict.map((config) => ({ ...config, ignores: KERNELS })),
  // Parsed, so that naming one to the linter is no warning, but held to no rule.
  { files: KERNELS, languageOptions: { parser: tseslint.parser } },
  {
    files: ['**/*.ts'],
    ignores: KERNELS,
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      // Casts hide mistakes; `as const` and brands (one place, common/) are the only ones allowed.
      '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
      // Typed arrays in loops whose bounds are known: `!` states it without a runtime cost.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
      'no-restricted-properties': ['error', randomness, environment],
    },
  },
  {
    files: ['src/cli/**', 'test/**'],
    rules: { 'no-restricted-properties': ['error', randomness] },
  },
  {
    files: ['examples/**', 'bench/**', 'scripts/**'],
    rules: { 'no-console': 'off', 'no-restricted-properties': ['error', randomness] },
  },
);
