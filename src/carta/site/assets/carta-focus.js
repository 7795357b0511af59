// On a narrow screen the theme shows its lists in dialogues, and forgets where the reader was when one is shut.

for (const [opener, dialogue] of [
  [".primary-toggle", "#pst-primary-sidebar-modal"],
  [".secondary-toggle", "#pst-secondary-sidebar-modal"],
]) {
  const button = document.querySelector(opener);
  const list = document.querySelector(dialogue);
  // Behind the theme's own listeners, which move the list back.
  list?.addEventListener("close", () => setTimeout(() => button?.focus()));
}
