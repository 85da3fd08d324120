// Starts the islands. Every page works without this file; an island only saves a click or a reload.
import { startCopy } from './copy';
import { startRefresh } from './refresh';
import { startRows } from './rows';
import { startSearch } from './search';

startCopy(document);
startRefresh(document);
startRows(document);
startSearch(document);

// The verifier is larger than all the rest, so only its page fetches it.
const verify = document.querySelector<HTMLElement>('[data-licence]');
if (verify) void import('./licence/page').then(({ startVerify }) => startVerify(verify));
