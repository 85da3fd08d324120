// Starts the islands. Every page works without this file; an island only saves a click or a reload.
import { startCopy } from './copy';
import { startRefresh } from './refresh';
import { startRows } from './rows';
import { startSearch } from './search';

startCopy(document);
startRefresh(document);
startRows(document);
startSearch(document);
