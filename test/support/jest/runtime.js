import { createRequire } from 'node:module';
import { sep } from 'node:path';
import { compileFunction, constants } from 'node:vm';
import Runtime from 'jest-runtime';

const require = createRequire(import.meta.url);
const PACKAGES = `${sep}node_modules${sep}`;

/** Loads our own modules once for each test file, as Jest does, and packages once for all test files of a worker. */
export default class OneContextRuntime extends Runtime {
  constructor(...parts) {
    super(...parts);
    const { executor } = this;
    // Jest's own would compile for the context that the environment has made.
    executor.compile = (source, filename) =>
      compileFunction(source, executor.injectedModuleParameters, {
        filename,
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      });
  }

  requireModule(from, moduleName, options, isRequireActual) {
    // Parts of Jest keep the state of one test file.
    const isOfJest = options?.isInternalModule;
    if (moduleName && !isOfJest && !this._resolution.isCoreModule(moduleName)) {
      const path = this._resolution.resolveCjs(from, moduleName);
      if (path.includes(PACKAGES)) return require(path);
    }
    return super.requireModule(from, moduleName, options, isRequireActual);
  }
}
