// Keeps the page up to date: it fetches the parts that changed, already drawn by the
// server, and puts them in without disturbing what is being typed or scrolled.
import { readForm, restoreForm, wireControls, pageTables, showErrors } from './forms.js'
import { wireComposer } from './compose.js'

const $ = id => document.getElementById(id)
const at = { as: document.body.dataset.as, channel: document.body.dataset.channel, thread: document.body.dataset.thread, tab: document.body.dataset.tab }

const query = () => {
  const q = new URLSearchParams({ as: at.as, c: at.channel })
  if (at.thread) q.set('t', at.thread)
  if (at.tab) q.set('tab', at.tab)
  return q.toString()
}

export const post = async (what, body) => {
  try {
    const r = await fetch('/ui/' + what, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ as: at.as, ...body }) })
    return await r.json()
  } catch {
    return { error: 'The workspace cannot be reached. Is it still running?' }
  }
}
export const say = text => { $('status').textContent = ''; $('status').textContent = text }

const part = async name => {
  const r = await fetch(`/ui/${name}?${query()}`)
  if (!r.ok) throw new Error(name)
  return new DOMParser().parseFromString(await r.text(), 'text/html').body
}

// morph brings a list of messages up to date: an item whose mark is the same stays
// as it is, with its focus and its half-made choice.
const morph = (list, fresh) => {
  let after = null
  const keep = new Set()
  for (const item of [...fresh.children]) {
    keep.add(item.id)
    const old = list.querySelector(`:scope > [id="${CSS.escape(item.id)}"]`)
    let now = old
    if (!old) {
      now = document.adoptNode(item)
      if (list.children.length && now.querySelector('.msg')) now.querySelector('.msg').classList.add('fresh')
    } else if (old.dataset.mark !== item.dataset.mark) {
      const form = readForm(old)
      const focus = focusKey(old)
      now = document.adoptNode(item)
      old.replaceWith(now)
      restoreForm(now, form)
      refocus(now, focus)
    }
    if (after ? after.nextElementSibling !== now : list.firstElementChild !== now) {
      after ? after.after(now) : list.prepend(now)
    }
    after = now
  }
  for (const item of [...list.children]) if (!keep.has(item.id)) item.remove()
  pageTables(list)
}

const focusKey = root => {
  const a = document.activeElement
  if (!root.contains(a)) return null
  const c = a.closest('[data-block]')
  return c ? [c.dataset.block, c.dataset.act] : null
}
const refocus = (root, key) => {
  if (!key) return
  const c = [...root.querySelectorAll('[data-block]')].find(e => e.dataset.block === key[0] && e.dataset.act === key[1])
  const target = c && (c.matches('button, a') ? c : c.querySelector('input, select, textarea, summary'))
  if (target) target.focus({ preventScroll: true })
}

const atBottom = box => box.scrollHeight - box.scrollTop - box.clientHeight < 60
const toBottom = box => { box.scrollTop = box.scrollHeight }

const drawMain = async (whole) => {
  const body = await part('main')
  const list = $('messages')
  const fresh = body.querySelector('#messages')
  if (!whole && list && fresh) {
    const box = $('log')
    const stick = atBottom(box)
    morph(list, fresh)
    $('main').querySelector('.top-title').replaceWith(body.querySelector('.top-title'))
    if (stick) toBottom(box)
  } else if (!whole && $('home') && body.querySelector('#home')) {
    drawHome(body)
  } else {
    $('main').replaceChildren(...body.childNodes)
    pageTables($('main'))
    if ($('log')) toBottom($('log'))
    wireAll()
  }
  if (!document.hidden && !at.tab) await post('read', { channel: at.channel })
}

const drawHome = body => {
  const old = $('home')
  const top = old.scrollTop
  const form = readForm(old)
  const focus = focusKey(old)
  old.replaceChildren(...body.querySelector('#home').childNodes)
  pageTables(old)
  restoreForm(old, form)
  refocus(old, focus)
  old.scrollTop = top
}

const drawSidebar = async () => {
  const side = $('sidebar')
  const focus = side.contains(document.activeElement) ? document.activeElement.dataset.go : null
  side.replaceChildren(...(await part('sidebar')).childNodes)
  if (focus) side.querySelector(`[data-go="${CSS.escape(focus)}"]`)?.focus()
}

const drawThread = async (whole) => {
  const pane = $('thread')
  pane.hidden = !at.thread
  if (!at.thread) return pane.replaceChildren()
  const body = await part('thread')
  if (!whole && $('replies')) {
    const box = $('replies').parentElement
    const stick = atBottom(box)
    morph($('replies'), body.querySelector('#replies'))
    if (stick) toBottom(box)
    return
  }
  pane.replaceChildren(...body.childNodes)
  pageTables(pane)
  wireAll()
  if ($('replies')) toBottom($('replies').parentElement)
}

let opener = null // what had the focus before a modal opened
const drawModal = async () => {
  const dialog = $('modal')
  const body = await part('modal')
  const form = body.querySelector('form')
  const old = dialog.querySelector('form')
  if (!form) {
    if (!dialog.open) return
    dialog.close()
    dialog.replaceChildren()
    if (opener?.isConnected && opener !== document.body) opener.focus()
    else $('composer')?.focus({ preventScroll: true })
    opener = null
    return
  }
  if (old && old.dataset.view === form.dataset.view && old.dataset.rev === form.dataset.rev && dialog.open) return
  const same = old && old.dataset.view === form.dataset.view
  const kept = same ? readForm(old) : null
  const focus = same ? focusKey(old) : null
  if (!dialog.open) opener = document.activeElement
  dialog.replaceChildren(...body.childNodes)
  pageTables(dialog)
  if (kept) restoreForm(dialog, kept)
  if (!dialog.open) dialog.showModal()
  wireControls(dialog)
  if (focus) return refocus(dialog, focus)
  const first = dialog.querySelector('[data-first]') || dialog.querySelector('.modal-body :is(input:not([type=hidden]), select, textarea, summary)') || dialog.querySelector('.modal-foot .primary') || dialog.querySelector('button')
  first?.focus()
}

const drawClock = async () => {
  const open = $('clock')?.querySelector('details')?.open
  if (open || !$('clock')) return
  $('clock').replaceChildren(...(await part('clock')).childNodes)
}

// Changes come in bursts; each part is fetched once per burst, never twice at a time.
const jobs = { modal: drawModal, main: drawMain, thread: drawThread, sidebar: drawSidebar, clock: drawClock }
const due = new Set()
let running = false
const later = (...names) => { names.forEach(n => due.add(n)); if (!running) work() }
const work = async () => {
  running = true
  await new Promise(r => setTimeout(r, 25))
  while (due.size) {
    const names = [...due]
    due.clear()
    for (const n of Object.keys(jobs).filter(n => names.includes(n))) { try { await jobs[n]() } catch (e) { console.warn('refresh', n, e) } }
  }
  running = false
  document.body.dataset.settled = String(Date.now())
}

const listen = () => {
  const stream = new EventSource('/ui/events?as=' + encodeURIComponent(at.as))
  stream.onopen = () => { document.body.dataset.live = 'true'; later('main', 'sidebar', 'thread', 'modal', 'clock') }
  stream.onerror = () => { delete document.body.dataset.live }
  stream.onmessage = m => {
    const c = JSON.parse(m.data)
    if (c.kind === 'room') later(...(c.room === at.channel ? ['main', 'thread'] : []), 'sidebar')
    else if (c.kind === 'view') later('modal')
    else if (c.kind === 'home') { if (at.tab) later('main') } else later('clock', 'sidebar')
  }
}

const go = async (change, push = true) => {
  Object.assign(at, change)
  if (push) history.pushState({ ...at }, '', '?' + query())
  document.body.dataset.channel = at.channel
  if ('channel' in change || 'tab' in change) {
    await drawMain(true)
    await drawThread(true)
    await drawSidebar()
    document.title = $('main').querySelector('h1')?.textContent.trim() + ' · ' + document.querySelector('.brand-name').textContent
    if ($('log') && !matchMedia('(pointer: coarse)').matches) $('composer')?.focus()
  } else {
    await drawThread(true)
    $('reply')?.focus()
  }
  drawer(false)
}
const drawer = open => {
  $('sidebar').classList.toggle('open', open)
  $('veil').hidden = !open
  if (open) $('sidebar').querySelector('[aria-current], a')?.focus()
}

// ask shows the confirmation dialog of an element and resolves to the answer.
const ask = c => new Promise(done => {
  const dialog = $('confirm')
  $('confirm-title').textContent = c.title
  $('confirm-text').innerHTML = c.html // drawn and escaped by the server
  $('confirm-no').textContent = c.no
  $('confirm-yes').textContent = c.yes
  $('confirm-yes').className = 'btn ' + (c.style === 'danger' ? 'danger' : 'primary')
  const end = yes => { dialog.onclose = null; dialog.close(); done(yes) }
  $('confirm-yes').onclick = () => end(true)
  $('confirm-no').onclick = () => end(false)
  dialog.onclose = () => done(false)
  dialog.showModal()
  $('confirm-no').focus()
})

// placeOf says in which message or view an element stands.
export const placeOf = el => {
  const view = el.closest('[data-view]')
  if (view) return { view: view.dataset.view }
  const msg = el.closest('[data-testid="message"]')
  return msg ? { channel: at.channel, ts: msg.dataset.ts } : {}
}

export const press = async (el, values) => {
  if (el.dataset.confirm && !(await ask(JSON.parse(el.dataset.confirm)))) return { declined: true }
  const root = el.closest('[data-view]') || el.closest('[data-testid="message"]')
  el.setAttribute('aria-busy', 'true')
  const out = await post('press', { ...placeOf(el), block: el.dataset.block, action: el.dataset.act, values, fill: root ? readForm(root) : {} })
  el.removeAttribute('aria-busy')
  el.classList.toggle('failed', !!out.error)
  if (out.error) {
    const trouble = el.closest('form')?.querySelector('[data-testid="modal-trouble"]')
    if (trouble) { trouble.hidden = false; trouble.querySelector('span').textContent = out.error }
    say(out.error)
  }
  return out
}

const submit = async form => {
  const button = form.querySelector('[type="submit"]')
  button?.setAttribute('aria-busy', 'true')
  const out = await post('submit', { view: form.dataset.view, fill: readForm(form) })
  button?.removeAttribute('aria-busy')
  showErrors(form, out.errors || {})
  const trouble = form.querySelector('[data-testid="modal-trouble"]')
  trouble.hidden = !out.error
  trouble.querySelector('span').textContent = out.error || ''
  later('modal')
}

const closeView = all => {
  const form = $('modal').querySelector('form')
  if (form) post('close', { view: form.dataset.view, all }).then(() => later('modal'))
}

const deeds = {
  drawer: () => drawer(!$('sidebar').classList.contains('open')),
  theme: () => {
    const now = document.documentElement.dataset.theme === 'dark' ? 'light' : 'dark'
    document.documentElement.dataset.theme = now
    try { localStorage.setItem('theme', now) } catch { /* private mode: this page only */ }
  },
  'close-thread': () => go({ thread: '' }),
  'close-view': () => closeView(false),
  'close-all': () => closeView(true),
}

document.addEventListener('click', async e => {
  const el = e.target.closest('[data-press], [data-go], [data-channel][href], [data-thread]:not(body), [data-tab]:not(body), [data-do], [data-clock]')
  for (const d of document.querySelectorAll('details[data-menu][open]')) if (!d.contains(e.target)) d.open = false
  if (!el) return
  if (el.matches('[data-press]')) {
    const value = el.dataset.value
    if (!el.matches('a')) e.preventDefault()
    el.closest('details[data-menu]')?.removeAttribute('open')
    return press(el, value === undefined ? [] : [value])
  }
  if (el.matches('a')) { if (e.metaKey || e.ctrlKey) return; e.preventDefault() }
  if (el.dataset.do) return deeds[el.dataset.do]()
  if (el.dataset.clock) { $('clock').querySelector('details').open = false; return moveClock({ add: el.dataset.clock }) }
  if (el.matches('[role="tab"]')) { await go({ tab: el.dataset.tab }); post('home', { text: el.dataset.tab }); return $('main').querySelector('[aria-selected="true"]')?.focus() }
  if (el.dataset.thread) return go({ thread: el.dataset.thread })
  const to = el.dataset.go || el.dataset.channel
  if (to) { await go({ channel: to, thread: '', tab: '' }); if ($('main').querySelector('[role="tab"]')) post('home', { text: '' }) }
})

const moveClock = async how => {
  const out = await post('clock', how)
  say(out.error || 'The clock now shows ' + out.now)
  later('clock', 'main')
}

document.addEventListener('submit', e => {
  const form = e.target
  e.preventDefault()
  if (form.matches('[data-clock-set]')) { form.closest('details').open = false; return moveClock({ set: $('clock-at').value }) }
  if (form.matches('.modal-form')) submit(form)
})
document.addEventListener('change', e => {
  if (e.target.id === 'who') location.search = '?' + new URLSearchParams({ as: e.target.value, c: at.channel })
})
document.addEventListener('keydown', e => {
  if (e.key === 'Escape') {
    const menu = e.target.closest?.('details[data-menu][open]')
    if (menu) { e.stopPropagation(); e.preventDefault(); menu.open = false; menu.querySelector('summary').focus() } else if ($('sidebar').classList.contains('open')) drawer(false)
  }
  if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && e.target.closest?.('details.overflow[open], .side-list')) {
    const box = e.target.closest('details.overflow') || $('sidebar')
    const items = [...box.querySelectorAll('[role="menuitem"], .side-list a')]
    const i = items.indexOf(e.target) + (e.key === 'ArrowDown' ? 1 : -1)
    if (items.length) { e.preventDefault(); items[(i + items.length) % items.length].focus() }
  }
  if ((e.key === 'ArrowLeft' || e.key === 'ArrowRight') && e.target.matches?.('[role="tab"]')) {
    [...$('main').querySelectorAll('[role="tab"]')].find(t => t !== e.target)?.click()
  }
})
$('modal').addEventListener('cancel', e => { e.preventDefault(); closeView(false) })
$('veil').addEventListener('click', () => drawer(false))
addEventListener('popstate', e => { if (e.state) go({ ...e.state }, false) })
document.addEventListener('visibilitychange', () => { if (!document.hidden && !at.tab) post('read', { channel: at.channel }).then(() => later('sidebar')) })

const wireAll = () => {
  for (const f of document.querySelectorAll('[data-compose]:not([data-wired])')) {
    f.dataset.wired = 'true'
    wireComposer(f, { at, post, say, refresh: () => later('main', 'thread', 'sidebar') })
  }
}
const spot = () => {
  const m = location.hash.startsWith('#m-') && document.getElementById(location.hash.slice(1))
  if (!m) return false
  m.scrollIntoView({ block: 'center' })
  m.querySelector('.msg')?.classList.add('spot')
  return true
}
history.replaceState({ ...at }, '', '?' + query() + location.hash)
wireAll()
wireControls(document)
pageTables(document)
if (!spot() && $('log')) toBottom($('log'))
if ($('modal').querySelector('form')) drawModal()
if (at.tab) post('home', { text: at.tab })
listen()
setInterval(() => later('clock'), 20000)
