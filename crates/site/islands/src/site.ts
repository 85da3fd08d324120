// Starts the islands. Every page works without this file; an island only saves a click or a reload.
import { startCopy } from './copy';
import { startRefresh } from './refresh';
import { startRows } from './rows';
import { startSearch } from './search';

startCopy(document);
startRefresh(document);
startRows(document);
startSearch(document);

// The verifiers are larger than all the rest, so only their pages fetch them.
const verify = document.querySelector<HTMLElement>('[data-licence]');
if (verify) void import('./licence/page').then(({ startVerify }) => startVerify(verify));
const draw = document.querySelector<HTMLElement>('[data-draw]');
if (draw) void import('./draw/page').then(({ startDraw }) => startDraw(draw));
