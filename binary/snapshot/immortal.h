/* Make every object immortal, so that its reference count is never written: each page of a snapshot
   that is written to has to be copied first. */
void make_all_immortal(void);
