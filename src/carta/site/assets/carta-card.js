// Cards of facts and terms also open when the pointer rests on a value or the keyboard reaches it. Without this script they open by
// press, tap, Enter and Space, which the browser does by itself.

(() => {
  const OPEN_AFTER = 250;
  const CLOSE_AFTER = 200;

  for (const place of document.querySelectorAll(".carta-bound, .carta-explained")) {
    const button = place.querySelector(":scope > :is(button.carta-fact, button.carta-term)");
    const card = button && document.getElementById(button.getAttribute("popovertarget"));
    if (!card?.showPopover) continue;
    let timer = 0;
    // Whether it was opened only to have a look: then it shuts by itself, and a press keeps it open.
    let glance = false;
    // While it shuts, the browser gives the focus back to the value, which must not open it again.
    let closing = false;
    const isOpen = () => card.matches(":popover-open");
    const later = (act, delay) => {
      clearTimeout(timer);
      timer = setTimeout(act, delay);
    };
    const open = () => {
      if (isOpen()) return;
      glance = true;
      card.showPopover({ source: button });
    };
    const shut = () => {
      if (glance && isOpen()) card.hidePopover();
    };

    place.addEventListener("pointerenter", (event) => {
      if (event.pointerType === "mouse") later(open, OPEN_AFTER);
    });
    place.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") later(shut, CLOSE_AFTER);
    });
    button.addEventListener("focus", () => {
      if (!closing && button.matches(":focus-visible")) open();
    });
    place.addEventListener("focusout", (event) => {
      if (!place.contains(event.relatedTarget)) later(shut, 0);
    });
    button.addEventListener("click", (event) => {
      clearTimeout(timer);
      if (isOpen() && glance) event.preventDefault();
      glance = false;
    });
    card.addEventListener("beforetoggle", (event) => {
      closing = event.newState === "closed";
    });
    card.addEventListener("toggle", (event) => {
      if (event.newState === "closed") closing = glance = false;
    });
  }

  // A card that opened without a press, the browser does not always shut on Escape.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector(".carta-card:popover-open")?.hidePopover();
  });
})();
