import { defineStore } from 'pinia'
import { computed, shallowRef, triggerRef } from 'vue'

import type { CallView } from '@/api/types'
import { useSession } from './session'

const WAITING = new Set(['arrived', 'desk', 'queued', 'ringing', 'alone'])
const MINE = new Set(['ringing', 'talking', 'room', 'held', 'alone'])
const ENDED_KEPT = 20

/** Live calls, by id. */
export const useCalls = defineStore('calls', () => {
  const byId = shallowRef(new Map<string, CallView>())
  const session = useSession()

  const all = computed(() => [...byId.value.values()])
  /** Callers nobody talks to yet; those put back at the head come first, then the longest wait. */
  const queue = computed(() =>
    all.value
      .filter((c) => WAITING.has(c.state) && c.ended_at === null)
      .sort((a, b) => rank(a) - rank(b) || waitingSince(a) - waitingSince(b)),
  )
  /** The call at this seat: answered before ringing. */
  const mine = computed(() => {
    const here = all.value.filter((c) => c.agent === session.seat && session.seat && MINE.has(c.state))
    return here.find((c) => c.state !== 'ringing') ?? here[0] ?? null
  })

  function apply(changes: readonly (readonly [string, CallView | null])[]): void {
    if (changes.length === 0) return
    for (const [id, view] of changes) {
      byId.value.delete(id)
      if (view !== null) byId.value.set(id, view)
    }
    prune()
    triggerRef(byId)
  }
  function replaceAll(views: readonly CallView[]): void {
    byId.value = new Map(views.map((v) => [v.id, v]))
  }
  function prune(): void {
    const ended = all.value.filter((c) => c.state === 'ended')
    for (const call of ended.slice(0, Math.max(0, ended.length - ENDED_KEPT))) byId.value.delete(call.id)
  }
  const get = (id: string | null | undefined): CallView | null =>
    id ? (byId.value.get(id) ?? null) : null

  return { byId, all, queue, mine, apply, replaceAll, get }
})

const rank = (c: CallView): number => (c.reason === 'new' || c.reason === '' ? 1 : 0)
export const waitingSince = (c: CallView): number => c.queued_at ?? c.arrived_at
