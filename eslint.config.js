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

export default tseslint.config(
  {
    // The kernels are AssemblyScript: another language with the same file ending.
    ignores: ['dist/**', 'node_modules/**', 'out/**', 'coverage/**', 'src/**/kernel/**'],
  },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts'],
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
