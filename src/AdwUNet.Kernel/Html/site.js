// What scrolls can be reached with the keyboard; what does not is no stop on the way.
(function () {
  'use strict';
  var boxes = 'pre, .text table, .formula, .chart, .rich, .rich div, .outputs figure > div';
  function mark() {
    document.querySelectorAll(boxes).forEach(function (box) {
      var style = getComputedStyle(box);
      var across = /auto|scroll/.test(style.overflowX) && box.scrollWidth > box.clientWidth;
      var down = /auto|scroll/.test(style.overflowY) && box.scrollHeight > box.clientHeight;
      if (across || down) { box.tabIndex = 0; box.dataset.scrolls = across ? 'across' : 'down'; }
      else if ('scrolls' in box.dataset) { box.removeAttribute('tabindex'); delete box.dataset.scrolls; }
    });
  }
  var waiting = 0;
  var observer = new ResizeObserver(function () {
    clearTimeout(waiting);
    waiting = setTimeout(mark, 100);
  });
  document.addEventListener('DOMContentLoaded', function () {
    mark();
    observer.observe(document.body); // charts and viewers appear later, windows change
  });
})();
