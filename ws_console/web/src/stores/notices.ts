import { defineStore } from 'pinia'
import { ref } from 'vue'

export interface Toast {
  id: number
  tone: 'info' | 'good' | 'bad'
  text: string
  detail: string
  /** A message that is told again in other words takes the place of the one with its key. */
  key: string
}

const KEPT = 4
const SHOWN_MS = { info: 6_000, good: 4_000, bad: 12_000 } as const

/** Short messages in the corner: never modal, never taking the focus. */
export const useNotices = defineStore('notices', () => {
  const toasts = ref<Toast[]>([])
  let nextId = 1

  function show(tone: Toast['tone'], text: string, detail = '', key = ''): void {
    const same = toasts.value.find((t) => (key && t.key === key) || (t.text === text && t.detail === detail))
    if (same) dismiss(same.id)
    const id = nextId
    nextId += 1
    toasts.value = [...toasts.value, { id, tone, text, detail, key }].slice(-KEPT)
    window.setTimeout(() => dismiss(id), SHOWN_MS[tone])
  }
  function dismiss(id: number): void {
    toasts.value = toasts.value.filter((t) => t.id !== id)
  }
  return { toasts, show, dismiss }
})
