import { defineStore } from 'pinia'

import { FrameBatch } from '@/api/batch'
import { FeedClient } from '@/api/feed'
import { api } from '@/api/http'
import type { AgentView, BulletinView, CallbackView, CallView, CaseView, Frame, Notice, StatusView } from '@/api/types'
import { serverTime } from '@/composables/useClock'
import { useBulletins } from './bulletins'
import { useCallbacks } from './callbacks'
import { useCalls } from './calls'
import { useCases } from './cases'
import { useDirectory } from './directory'
import { useNotices } from './notices'
import { useSeats } from './seats'
import { useSession } from './session'
import { useStatus } from './status'

type Change<T> = readonly [string, T | null]

/** Connects the websocket to the stores, and sends commands. */
export const useFeed = defineStore('feed', () => {
  const session = useSession()
  const cases = useCases()
  const calls = useCalls()
  const callbacks = useCallbacks()
  const bulletins = useBulletins()
  const seats = useSeats()
  const status = useStatus()
  const notices = useNotices()
  const directory = useDirectory()

  const batch = new FrameBatch(apply)
  const client = new FeedClient(
    {
      open: (after) => {
        const scheme = location.protocol === 'https:' ? 'wss' : 'ws'
        return new WebSocket(`${scheme}://${location.host}/ws${after > 0 ? `?after=${after}` : ''}`)
      },
    },
    {
      state: (state) => {
        status.setFeed(state)
        if (state === 'signed_out') session.forget()
      },
      hello: (hello) => {
        serverTime.heard(Number(hello.server_now))
        session.hello(hello)
      },
      time: (now) => serverTime.heard(now),
      snapshot: (frames, live) => {
        batch.drop((frame) => !live || frame.kind !== 'case')
        replaceAll(frames, live)
      },
      frame: (frame) => batch.add(frame),
    },
  )

  function pick<T>(frames: readonly Frame[], kind: string): Change<T>[] {
    return frames.filter((f) => f.kind === kind).map((f) => [f.key, (f.data as T | null) ?? null])
  }
  function present<T>(frames: readonly Frame[], kind: string): T[] {
    return pick<T>(frames, kind).flatMap(([, data]) => (data === null ? [] : [data]))
  }
  function apply(frames: Frame[]): void {
    cases.apply(pick<CaseView>(frames, 'case'))
    calls.apply(pick<CallView>(frames, 'call'))
    callbacks.apply(pick<CallbackView>(frames, 'callback'))
    bulletins.apply(pick<BulletinView>(frames, 'bulletin'))
    seats.apply(pick<AgentView>(frames, 'agent'))
    const parts = pick<StatusView>(frames, 'status')
    status.apply(parts)
    if (parts.some(([key]) => key === 'rules')) void directory.load()
    for (const [key, notice] of pick<Notice>(frames, 'notice')) {
      if (notice !== null) notices.show('info', notice.text ?? '', '', key)
    }
  }
  function replaceAll(frames: readonly Frame[], live: boolean): void {
    if (!live) cases.replaceAll(present<CaseView>(frames, 'case'))
    calls.replaceAll(present<CallView>(frames, 'call'))
    callbacks.replaceAll(present<CallbackView>(frames, 'callback'))
    bulletins.replaceAll(present<BulletinView>(frames, 'bulletin'))
    seats.replaceAll(present<AgentView>(frames, 'agent'))
    status.replaceAll(
      pick<StatusView>(frames, 'status').flatMap(([k, v]) => (v === null ? [] : [[k, v] as const])),
    )
  }

  /**
   * Sends a command. While the websocket is away it goes by plain HTTP, so that the one key works
   * during a reconnect; a command that may have arrived is never sent twice.
   */
  function command<T>(name: string, args: object): Promise<T> {
    if (client.connected) return client.send(name, args) as Promise<T>
    return api.command<T>(name, args)
  }
  function start(): void {
    void directory.load()
    client.start()
  }
  const stop = (): void => client.stop()
  const nudge = (): void => client.nudge()

  return { command, start, stop, nudge }
})
