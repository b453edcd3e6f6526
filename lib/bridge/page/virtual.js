// A list of rows of one height, of which only those in sight are in the document: 100 000 rows cost what 60 cost.

import { h } from './dom.js';

const SPARE = 12;
// Browsers cannot scroll further than some ten million pixels; beyond that, positions are scaled.
const TALLEST = 8_000_000;

export class VirtualList {
  /** draw(row, index, selected) makes a row's element; the list is a listbox for assistive technology. */
  constructor({ height, draw, label, onselect, onopen, onscroll }) {
    Object.assign(this, { height, draw, onselect, onopen, onscroll });
    this.rows = [];
    this.selected = -1;
    this.space = h('div.vspace');
    this.inner = h('div.vinner');
    this.element = h('div.vlist', { tabIndex: 0, role: 'listbox', 'aria-label': label }, this.space, this.inner);
    this.element.addEventListener('scroll', () => this.scrolled(), { passive: true });
    this.element.addEventListener('keydown', (event) => this.key(event));
    this.element.addEventListener('click', (event) => this.clicked(event));
    this.watcher = new ResizeObserver(() => this.request());
    this.watcher.observe(this.element);
    this.pending = false;
  }

  /** Shows these rows. */
  show(rows) {
    this.rows = rows;
    this.request();
  }

  /** Draws once before the next frame, however often it is asked. */
  request() {
    if (this.pending) return;
    this.pending = true;
    requestAnimationFrame(() => {
      this.pending = false;
      this.render();
    });
  }

  total() {
    return this.rows.length * this.height;
  }

  tall() {
    return Math.min(this.total(), TALLEST);
  }

  /** Pixels of content above what is in sight. */
  offset() {
    const room = this.tall() - this.element.clientHeight;
    if (room <= 0) return 0;
    return Math.min(1, this.element.scrollTop / room) * (this.total() - this.element.clientHeight);
  }

  scrollTo(pixels) {
    const all = this.total() - this.element.clientHeight;
    const room = this.tall() - this.element.clientHeight;
    // A list that has just been filled is as tall as it was until it is drawn.
    this.space.style.height = `${this.tall()}px`;
    this.element.scrollTop = all > 0 ? Math.round((Math.max(0, Math.min(all, pixels)) / all) * room) : 0;
    this.request();
  }

  isAtEnd() {
    return this.element.scrollTop + this.element.clientHeight >= this.tall() - this.height;
  }

  toEnd() {
    this.scrollTo(this.total());
  }

  /** Keeps in sight what is in sight, when rows came before it. */
  keepPlace(added) {
    const offset = this.offset() + added * this.height;
    this.scrollTo(offset);
  }

  reveal(index) {
    const top = index * this.height;
    const offset = this.offset();
    const room = this.element.clientHeight - this.height;
    if (top < offset) this.scrollTo(top);
    else if (top > offset + room) this.scrollTo(top - room);
  }

  center(index) {
    this.scrollTo(index * this.height - (this.element.clientHeight - this.height) / 2);
  }

  select(index, { quiet = false } = {}) {
    if (!this.rows.length) return;
    this.selected = Math.max(0, Math.min(this.rows.length - 1, index));
    this.reveal(this.selected);
    this.request();
    if (!quiet && this.onselect) this.onselect(this.rows[this.selected], this.selected);
  }

  move(steps) {
    this.select(this.selected < 0 ? (steps > 0 ? Math.floor(this.offset() / this.height) : this.rows.length - 1) : this.selected + steps);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / this.height) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: page, PageUp: -page };
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === 'Home') this.select(0);
    else if (event.key === 'End' || event.key === 'G') this.select(this.rows.length - 1);
    else if (event.key === 'Enter' && this.onopen && this.selected >= 0) this.onopen(this.rows[this.selected], this.selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  clicked(event) {
    const row = event.target.closest('[data-index]');
    if (!row || getSelection()?.type === 'Range') return;
    this.select(Number(row.dataset.index));
    if (this.onopen) this.onopen(this.rows[this.selected], this.selected);
  }

  scrolled() {
    this.request();
    if (this.onscroll) this.onscroll();
  }

  render() {
    this.space.style.height = `${this.tall()}px`;
    const offset = this.offset();
    const first = Math.max(0, Math.floor(offset / this.height) - SPARE);
    const last = Math.min(this.rows.length, Math.ceil((offset + this.element.clientHeight) / this.height) + SPARE);
    const nodes = [];
    for (let index = first; index < last; index += 1) {
      const selected = index === this.selected;
      const node = this.draw(this.rows[index], index, selected);
      node.dataset.index = index;
      node.id = `row-${index}`;
      node.setAttribute('role', 'option');
      node.setAttribute('aria-selected', selected);
      node.setAttribute('aria-posinset', index + 1);
      node.setAttribute('aria-setsize', this.rows.length);
      nodes.push(node);
    }
    this.inner.replaceChildren(...nodes);
    this.inner.style.transform = `translateY(${this.element.scrollTop + first * this.height - offset}px)`;
    if (this.selected >= 0) this.element.setAttribute('aria-activedescendant', `row-${this.selected}`);
  }
}
