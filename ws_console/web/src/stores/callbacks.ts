import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'

import type { CallbackView } from '@/api/types'

/** Lost callers who are owed a call back, the most urgent first. */
export const useCallbacks = defineStore('callbacks', () => {
  const byId = shallowRef(new Map<string, CallbackView>())
  const all = computed(() =>
    [...byId.value.values()].sort((a, b) => rank(a) - rank(b) || a.last_at - b.last_at),
  )

  function apply(changes: readonly (readonly [string, CallbackView | null])[]): void {
    if (changes.length === 0) return
    for (const [id, view] of changes) {
      if (view === null) byId.value.delete(id)
      else byId.value.set(id, view)
    }
    triggerRef(byId)
  }
  function replaceAll(views: readonly CallbackView[]): void {
    byId.value = new Map(views.map((v) => [v.id, v]))
  }
  return { byId, all, apply, replaceAll }
})

const rank = (c: CallbackView): number => c.due_at ?? Number.MAX_SAFE_INTEGER
