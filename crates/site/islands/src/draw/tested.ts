// What the test vectors look at: the verifier, and the parts of the method by themselves. No page loads this.
import { fromHex, hex } from './bytes';
import { chanceOf, draw, inOrder, rollHash, standIns, Stream } from './law';

export { verifyFile } from './verify';
export const parts = { Stream, chanceOf, draw, fromHex, hex, inOrder, rollHash, standIns };
