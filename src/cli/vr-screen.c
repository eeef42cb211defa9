/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/vr-screen.h"

#include <errno.h>
#include <ncurses.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/vr-error.h"
#include "observe/vr-top-layout.h"

/* So long a key that is a sequence of bytes may take, ms. */
#define SEQUENCE_MS 100
#define PAIR_ALARM 1

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
static struct sigaction old_actions[G_N_ELEMENTS (signals)];
static volatile sig_atomic_t ended_by;
static SCREEN *terminal;

static void
note_signal (int number)
{
  ended_by = number;
}

/* Without SA_RESTART, so that waiting ends. One that is ignored, as by nohup(1), stays so. */
static void
take_signals (void)
{
  struct sigaction action = { .sa_handler = note_signal };
  sigemptyset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++) {
    sigaction (signals[i], NULL, &old_actions[i]);
    if (old_actions[i].sa_handler != SIG_IGN)
      sigaction (signals[i], &action, NULL);
  }
}

static void
give_back_signals (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &old_actions[i], NULL);
}

static gboolean
refuse (GError **error, const char *why)
{
  g_set_error (error, VR_ERROR, VR_ERROR_USAGE,
               "cannot draw on this terminal: %s; --batch prints tables, --json objects", why);
  return FALSE;
}

gboolean
vr_screen_open (VrScreenManner manner, GError **error)
{
  if (isatty (STDIN_FILENO) == 0 || isatty (STDOUT_FILENO) == 0)
    return refuse (error, "standard input and output are not one");
  take_signals ();
  terminal = newterm (NULL, stdout, stdin);
  if (terminal == NULL) {
    give_back_signals ();
    return refuse (error, "its kind (TERM) is not known");
  }
  set_escdelay (SEQUENCE_MS);
  cbreak ();
  noecho ();
  nonl ();
  keypad (stdscr, TRUE);
  nodelay (stdscr, TRUE);
  curs_set (0);
  if (manner == VR_SCREEN_COLOR && has_colors ()) {
    start_color ();
    use_default_colors ();
    init_pair (PAIR_ALARM, COLOR_RED, -1);
  }
  return TRUE;
}

void
vr_screen_close (void)
{
  if (terminal == NULL)
    return;
  endwin ();
  delscreen (terminal);
  terminal = NULL;
  give_back_signals ();
  if (ended_by == SIGTERM || ended_by == SIGHUP)
    raise (ended_by);
}

void
vr_screen_size (guint *columns, guint *lines)
{
  *columns = (guint) getmaxx (stdscr);
  *lines = (guint) getmaxy (stdscr);
}

static attr_t
attributes_of (VrTopStyle style)
{
  switch (style) {
  case VR_TOP_TITLE:
  case VR_TOP_KEYS:
    return A_REVERSE;
  case VR_TOP_HEADING:
    return A_BOLD;
  case VR_TOP_ALARM:
    return has_colors () ? COLOR_PAIR (PAIR_ALARM) : A_BOLD;
  default:
    return A_NORMAL;
  }
}

void
vr_screen_draw (const GArray *lines)
{
  erase ();
  for (guint i = 0; i < lines->len; i++) {
    const VrTopLine *line = &g_array_index (lines, VrTopLine, i);
    attrset ((int) attributes_of (line->style));
    mvaddnstr ((int) i, 0, line->text, getmaxx (stdscr));
  }
  attrset (A_NORMAL);
  refresh ();
}

static VrKey
meaning_of (int key)
{
  switch (key) {
  case 'q':
  case 'Q':
    return VR_KEY_END;
  case KEY_UP:
  case 'k':
    return VR_KEY_UP;
  case KEY_DOWN:
  case 'j':
    return VR_KEY_DOWN;
  case KEY_PPAGE:
    return VR_KEY_PAGE_UP;
  case KEY_NPAGE:
    return VR_KEY_PAGE_DOWN;
  case KEY_HOME:
    return VR_KEY_FIRST;
  case KEY_END:
    return VR_KEY_LAST;
  case 's':
    return VR_KEY_SORT;
  case 'p':
  case ' ':
    return VR_KEY_PAUSE;
  case 'h':
  case '?':
    return VR_KEY_HELP;
  case KEY_RESIZE:
    return VR_KEY_RESIZED;
  default:
    return VR_KEY_OTHER;
  }
}

VrKey
vr_screen_wait (guint timeout_ms)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  int key = getch ();
  if (key == ERR && ended_by == 0) {
    poll (&input, 1, (int) timeout_ms);
    key = getch ();
  }
  if (ended_by != 0 || (key == ERR && (input.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0))
    return VR_KEY_END;
  return key == ERR ? VR_KEY_NONE : meaning_of (key);
}
