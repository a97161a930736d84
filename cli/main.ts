import { icr } from './icr.ts';
import { thisMachine } from './this-machine.ts';

icr(process.argv.slice(2), thisMachine()).then((code) => {
  process.exitCode = code;
});
