// The screens that few open, or that a click leads to: they are a script of their own, fetched when one of them is.

export { Activity } from './Activity';
export { Changes } from './Changes';
export { Erase, Health } from './Health';
export { Held } from './Held';
export { ImportDetail, Imports } from './Imports';
export { LinkReturn } from './LinkReturn';
export { AddAccounts, Connect, Relink, Repair } from './LinkStart';
