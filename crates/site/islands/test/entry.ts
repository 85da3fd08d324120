// What the tests look at, bundled for Node by `npm test`.
export { fromHex, hex, Refused, utf8 } from '../src/licence/bytes';
export { readKey } from '../src/licence/keys';
export { verifySm2 } from '../src/licence/sm2';
export { sm3 } from '../src/licence/sm3';
export { checkFollows, openStatus } from '../src/licence/status';
export { takeTrust } from '../src/licence/trust';
export { judge } from '../src/licence/answer';
export * as draw from '../src/draw/tested';
