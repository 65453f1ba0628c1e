/* Make every object immortal, so that nobody writes its reference count: each page of a snapshot
   that is written to has to be copied first. */
void make_all_immortal(void);
