// Style sheets that a page can be read without come when it has been drawn once. A browser would wait for them before it
// draws, and they would take a slow network from what it waits for.

requestAnimationFrame(() => requestAnimationFrame(() => {
  // With scripts at work, what stands in it is text.
  const later = document.getElementById("carta-later");
  later.insertAdjacentHTML("afterend", later.textContent);
}));
