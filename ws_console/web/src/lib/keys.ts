/** The key map of the desks: an action, its key, and whether it works inside a text field. */

export type Action =
  | 'help'
  | 'accept'
  | 'outbound'
  | 'transfer'
  | 'unit'
  | 'withdraw'
  | 'heard'
  | 'report'
  | 'line'
  | 'ring'
  | 'finish'
  | 'hold'
  | 'join'
  | 'split'
  | 'leave'
  | 'text'
  | 'line110'
  | 'line119'
  | 'line120'
  | 'line122'
  | 'classMajor'
  | 'classGeneral'
  | 'classOrdinary'
  | 'classConsult'
  | 'keep'
  | 'add'
  | 'reassign'
  | 'takeOver'
  | 'openCase'
  | 'next'
  | 'previous'
  | 'pause'

export type KeyMap = Record<Action, string>

export const DEFAULT_KEYS: KeyMap = {
  help: 'F1',
  accept: 'F2',
  outbound: 'Shift+F2',
  transfer: 'Ctrl+F2',
  unit: 'F3',
  withdraw: 'F4',
  heard: 'F6',
  report: 'F7',
  line: 'F8',
  ring: 'F9',
  finish: 'Shift+F9',
  hold: 'Alt+H',
  join: 'Alt+J',
  split: 'Alt+S',
  leave: 'Alt+L',
  text: 'Alt+T',
  line110: 'Alt+0',
  line119: 'Alt+9',
  line120: 'Alt+8',
  line122: 'Alt+7',
  classMajor: 'Alt+1',
  classGeneral: 'Alt+2',
  classOrdinary: 'Alt+3',
  classConsult: 'Alt+4',
  keep: 'K',
  add: 'A',
  reassign: 'R',
  takeOver: 'T',
  openCase: 'O',
  next: 'J',
  previous: 'U',
  pause: 'P',
}

/** Keys that the browser needs for itself, or that would end the page. */
export const RESERVED = new Set(['F5', 'F11', 'F12', 'Ctrl+W', 'Ctrl+R', 'Ctrl+T', 'Tab', 'Escape', 'Enter'])

/** The name of what was pressed: `F2`, `Alt+1`, `Shift+F9`, `K`. '' for a bare modifier. */
export function keyName(ev: Pick<KeyboardEvent, 'key' | 'code' | 'altKey' | 'ctrlKey' | 'metaKey' | 'shiftKey'>): string {
  if (['Shift', 'Control', 'Alt', 'Meta', 'Process', 'Dead'].includes(ev.key)) return ''
  let key = ev.key
  // Alt changes what a key writes on some layouts: the key's place counts.
  if (/^Digit\d$/.test(ev.code)) key = ev.code.slice(5)
  else if (/^Key[A-Z]$/.test(ev.code)) key = ev.code.slice(3)
  else if (key.length === 1) key = key.toUpperCase()
  const mods = [ev.ctrlKey && 'Ctrl', ev.metaKey && 'Meta', ev.altKey && 'Alt', ev.shiftKey && 'Shift']
  return [...mods.filter(Boolean), key].join('+')
}

/** Bare letters are text while somebody writes; function keys and Alt keys never are. */
export function worksWhileWriting(name: string): boolean {
  return /F\d{1,2}$/.test(name) || name.startsWith('Alt+') || name.startsWith('Ctrl+')
}

export function actionOf(map: KeyMap, name: string): Action | null {
  if (name === '') return null
  for (const [action, key] of Object.entries(map)) if (key === name) return action as Action
  return null
}

/** Why `name` cannot be the key of `action`, or ''. */
export function objection(map: KeyMap, action: Action, name: string): '' | 'reserved' | 'taken' {
  if (RESERVED.has(name)) return 'reserved'
  const other = actionOf(map, name)
  return other !== null && other !== action ? 'taken' : ''
}

/** A stored map may be old or damaged: unknown actions and doubles fall back to the defaults. */
export function readKeyMap(stored: string | null): KeyMap {
  const map = { ...DEFAULT_KEYS }
  if (stored === null) return map
  try {
    const given = JSON.parse(stored) as Record<string, unknown>
    for (const action of Object.keys(map) as Action[]) {
      const key = given[action]
      if (typeof key === 'string' && key !== '' && objection(map, action, key) === '') map[action] = key
    }
  } catch {
    return { ...DEFAULT_KEYS }
  }
  return map
}
