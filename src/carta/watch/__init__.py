"""What is new, changed or retracted: four public indexes are asked, and the answer is a reviewable change set."""
