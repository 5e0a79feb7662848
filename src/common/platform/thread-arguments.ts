/** Takes from a thread the way of loading ES modules that cannot be broken off. */
const NO_REQUIRE = '--no-experimental-require-module';

/**
 * Arguments of Node for the threads of a pool. The pool loads its worker with `require` first; where that loads ES modules (Node 20.19 and
 * later), a thread that is ended meanwhile takes the whole process with it: "v8::Module::IsGraphAsync must be used on an instantiated module".
 * Without it the pool takes `import`, which ends as it should.
 */
export const THREAD_ARGUMENTS: readonly string[] = process.allowedNodeEnvironmentFlags.has(NO_REQUIRE)
  ? [NO_REQUIRE]
  : [];
