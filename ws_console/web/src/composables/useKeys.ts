import { onBeforeUnmount, onMounted } from 'vue'

import { actionOf, keyName, worksWhileWriting, type Action } from '@/lib/keys'
import { usePrefs } from '@/stores/prefs'

export const isWriting = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName))

/** Binds actions to their keys while the component lives. A handler may return false: not mine. */
export function useKeys(handlers: Partial<Record<Action, () => void | boolean>>): void {
  const prefs = usePrefs()
  function onKey(ev: KeyboardEvent): void {
    if (ev.isComposing || ev.repeat) return
    const name = keyName(ev)
    if (!worksWhileWriting(name) && isWriting(ev.target)) return
    const action = actionOf(prefs.keys, name)
    const handler = action === null ? undefined : handlers[action]
    if (handler === undefined || handler() === false) return
    ev.preventDefault()
    ev.stopPropagation()
  }
  onMounted(() => window.addEventListener('keydown', onKey, true))
  onBeforeUnmount(() => window.removeEventListener('keydown', onKey, true))
}
