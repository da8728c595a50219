import { onBeforeUnmount, watch } from 'vue'

import type { Reading } from '@/api/types'
import { takeReading, type Draft } from '@/lib/intake'
import { useFeed } from '@/stores/feed'

export const DEBOUNCE_MS = 120

/**
 * Has the text read while it is typed. Answers may overtake one another: only the newest counts.
 * The server keeps the text with the live call, so that other screens see it.
 */
export function useClassify(draft: () => Draft, onError: (error: unknown) => void) {
  const feed = useFeed()
  let timer = 0
  let asked = 0
  let taken = 0

  async function read(of: Draft): Promise<void> {
    const mine = ++asked
    try {
      const reading = await feed.command<Reading>('call_text', { call: of.call, text: of.text })
      if (mine > taken) {
        taken = mine
        takeReading(of, reading)
        await tell(of)
      }
    } catch (error) {
      onError(error)
    }
  }
  /**
   * Tells the server each fact the agent switched, once there is a text to correct; the words of
   * the agent count until the call ends.
   */
  async function tell(of: Draft): Promise<void> {
    if (of.call === null || of.reading === null) return
    for (const [fact, stands] of Object.entries(of.facts)) {
      if (of.told[fact] === stands) continue
      of.told[fact] = stands
      try {
        takeReading(of, await feed.command<Reading>('call_fact', { call: of.call, fact, stands }))
      } catch (error) {
        onError(error)
      }
    }
  }
  /** Takes the lower class that the reader proposes; the server refuses while a fact stands. */
  async function lower(of: Draft): Promise<void> {
    try {
      takeReading(of, await feed.command<Reading>('call_lower', { call: of.call }))
    } catch (error) {
      onError(error)
    }
  }
  watch(
    () => ({ ...draft().facts }),
    () => void tell(draft()),
  )
  watch(
    () => [draft().call, draft().text] as const,
    ([call, text], [callBefore, textBefore]) => {
      window.clearTimeout(timer)
      if (call !== callBefore || text === textBefore) return
      const of = draft()
      if (text.trim() === '') {
        of.reading = null
        return
      }
      timer = window.setTimeout(() => void read(of), DEBOUNCE_MS)
    },
  )
  onBeforeUnmount(() => window.clearTimeout(timer))
  return { lower }
}
