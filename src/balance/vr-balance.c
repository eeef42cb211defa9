/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "balance/vr-balance.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_LENGTH 127
#define FILE_MAX_LENGTH (256 * 1024)
#define FIELDS_MAX 4
#define VLAN_MAX 4094

/* The kinds of lines, in the order in which they must stand. */
typedef enum { POLICY, INNER, OUTER, LOCAL, CONTROL, BACKEND, END, KINDS } Kind;

typedef struct {
  VrBalance *balance;
  VrProblem *problem;
  const char *path;
  int line;
  Kind kind; /* of the last line */
  bool seen[KINDS];
  char *fields[FIELDS_MAX];
} Reader;

static const char *const policies[BALANCE_POLICIES] = { "hash", "round-robin", "random", "least" };

const char *
vr_balance_policy_name (enum balance_policy policy)
{
  return policies[policy];
}

/* The problem of the line that is read; false, to be returned. */
#define wrong(reader, format, ...)                                                                 \
  vr_problem_set ((reader)->problem, "%s:%d: " format, (reader)->path, (reader)->line,             \
                  ##__VA_ARGS__)

static bool
read_number (Reader *reader, const char *what, const char *text, long least, long most, long *value)
{
  char *end;
  size_t length = strspn (text, "0123456789");
  *value = length > 0 && length <= 9 && text[length] == '\0' ? strtol (text, &end, 10) : -1;
  if (*value >= least && *value <= most && (text[0] != '0' || length == 1))
    return true;
  return wrong (reader, "%s \"%s\" is no number from %ld to %ld", what, text, least, most);
}

static int
hex_digit (char c)
{
  if (c >= '0' && c <= '9')
    return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_mac (Reader *reader, const char *text, uint8_t *mac)
{
  static const uint8_t none[VR_BALANCE_MAC_SIZE];
  bool good = strlen (text) == VR_BALANCE_MAC_SIZE * 3 - 1;
  for (size_t i = 0; good && i < VR_BALANCE_MAC_SIZE; i++) {
    int high = hex_digit (text[i * 3]), low = hex_digit (text[i * 3 + 1]);
    char after = text[i * 3 + 2];
    good = high >= 0 && low >= 0 && after == (i + 1 < VR_BALANCE_MAC_SIZE ? ':' : '\0');
    mac[i] = good ? (uint8_t) (high << 4 | low) : 0;
  }
  if (!good || memcmp (mac, none, sizeof none) == 0)
    return wrong (reader, "\"%s\" is no MAC address in the form 02:00:00:00:00:0a", text);
  if ((mac[0] & 1) != 0)
    return wrong (reader, "%s is a group's MAC address, not one interface's", text);
  return true;
}

/* As the kernel's dev_valid_name(), but for the length. */
static bool
read_interface (Reader *reader, const char *text, char *name)
{
  if (strlen (text) >= IFNAMSIZ || strchr (text, '/') != NULL || strchr (text, ':') != NULL
      || strcmp (text, ".") == 0 || strcmp (text, "..") == 0)
    return wrong (reader, "\"%s\" is no name of an interface (up to %d characters, no / and :)",
                  text, IFNAMSIZ - 1);
  memcpy (name, text, strlen (text) + 1);
  return true;
}

static bool
read_policy (Reader *reader)
{
  for (int i = 0; i < BALANCE_POLICIES; i++)
    if (strcmp (reader->fields[1], policies[i]) == 0) {
      reader->balance->policy = (enum balance_policy) i;
      return true;
    }
  return wrong (reader, "no policy is called \"%s\": hash, round-robin, random or least",
                reader->fields[1]);
}

static bool
read_inner (Reader *reader)
{
  return read_interface (reader, reader->fields[1], reader->balance->inner);
}

static bool
read_outer (Reader *reader)
{
  VrBalance *balance = reader->balance;
  VrBalanceOuter *outer = &balance->outers[balance->outers_count];
  long vlan;
  if (balance->outers_count == BALANCE_PORTS_MAX)
    return wrong (reader, "more than %d external interfaces", BALANCE_PORTS_MAX);
  if (!read_interface (reader, reader->fields[1], outer->name)
      || !read_mac (reader, reader->fields[2], outer->mac)
      || !read_number (reader, "the VLAN", reader->fields[3], 1, VLAN_MAX, &vlan))
    return false;
  outer->vlan = (uint16_t) vlan;
  if (strcmp (outer->name, balance->inner) == 0)
    return wrong (reader, "%s is the internal interface already", outer->name);
  for (size_t i = 0; i < balance->outers_count; i++) {
    if (strcmp (balance->outers[i].name, outer->name) == 0)
      return wrong (reader, "%s is named twice", outer->name);
    if (balance->outers[i].vlan == outer->vlan)
      return wrong (reader, "VLAN %ld is that of %s already", vlan, balance->outers[i].name);
  }
  balance->outers_count++;
  return true;
}

static bool
read_local (Reader *reader)
{
  VrBalance *balance = reader->balance;
  VrBalanceLocal *local = &balance->locals[balance->locals_count];
  if (balance->locals_count == BALANCE_LOCALS_MAX)
    return wrong (reader, "more than %d addresses of the balancer's own", BALANCE_LOCALS_MAX);
  *local = (VrBalanceLocal){ .is_ipv6 = strchr (reader->fields[1], ':') != NULL };
  if (inet_pton (local->is_ipv6 ? AF_INET6 : AF_INET, reader->fields[1], local->bytes) != 1)
    return wrong (reader, "\"%s\" is no IPv4 or IPv6 address", reader->fields[1]);
  for (size_t i = 0; i < balance->locals_count; i++)
    if (balance->locals[i].is_ipv6 == local->is_ipv6
        && memcmp (balance->locals[i].bytes, local->bytes, sizeof local->bytes) == 0)
      return wrong (reader, "%s is named twice", reader->fields[1]);
  balance->locals_count++;
  return true;
}

static bool
read_control (Reader *reader)
{
  reader->balance->has_control = true;
  return read_mac (reader, reader->fields[1], reader->balance->control);
}

static bool
read_backend (Reader *reader)
{
  VrBalance *balance = reader->balance;
  VrBalanceBackend *backend = &balance->backends[balance->backends_count];
  long weight;
  if (balance->backends_count == BALANCE_BACKENDS_MAX)
    return wrong (reader, "more than %d back-ends", BALANCE_BACKENDS_MAX);
  if (!read_mac (reader, reader->fields[1], backend->mac)
      || !read_number (reader, "the weight", reader->fields[2], 0, VR_BALANCE_WEIGHT_MAX, &weight))
    return false;
  backend->weight = (uint32_t) weight;
  for (size_t i = 0; i < balance->backends_count; i++)
    if (memcmp (balance->backends[i].mac, backend->mac, sizeof backend->mac) == 0)
      return wrong (reader, "the back-end %s is named twice", reader->fields[1]);
  balance->backends_count++;
  return true;
}

static bool
read_end (Reader *reader)
{
  (void) reader;
  return true;
}

static const struct {
  const char *word;
  const char *form;
  size_t fields;
  bool once;
  bool (*read) (Reader *reader);
} kinds[KINDS] = {
  [POLICY] = { "policy", "policy NAME", 2, true, read_policy },
  [INNER] = { "inner", "inner INTERFACE", 2, true, read_inner },
  [OUTER] = { "outer", "outer INTERFACE MAC VLAN", 4, false, read_outer },
  [LOCAL] = { "local", "local ADDRESS", 2, false, read_local },
  [CONTROL] = { "control", "control MAC", 2, true, read_control },
  [BACKEND] = { "backend", "backend MAC WEIGHT", 3, false, read_backend },
  [END] = { "end", "end", 1, true, read_end },
};

/* How many fields there are, each ended; FIELDS_MAX + 1 where more, 0 where one is empty. */
static size_t
split (Reader *reader, char *line)
{
  size_t count = 0;
  char *rest = line;
  while (rest != NULL) {
    char *field = strsep (&rest, " ");
    if (*field == '\0')
      return 0;
    if (count == FIELDS_MAX)
      return FIELDS_MAX + 1;
    reader->fields[count++] = field;
  }
  return count;
}

static Kind
kind_of (const char *word)
{
  Kind kind = POLICY;
  while (kind < KINDS && strcmp (kinds[kind].word, word) != 0)
    kind++;
  return kind;
}

static bool
read_line (Reader *reader, char *line)
{
  size_t count = split (reader, line);
  if (count == 0)
    return wrong (reader, "words must stand with one blank between, and none around them");
  Kind kind = kind_of (reader->fields[0]);
  if (kind == KINDS)
    return wrong (reader, "no line begins with \"%s\"", reader->fields[0]);
  if (count != kinds[kind].fields)
    return wrong (reader, "the form is \"%s\"", kinds[kind].form);
  if (kinds[kind].once && reader->seen[kind])
    return wrong (reader, "%s is given twice", kinds[kind].word);
  if (kind < reader->kind)
    return wrong (reader, "%s must stand before %s", kinds[kind].word, kinds[reader->kind].word);
  for (Kind before = POLICY; before < kind; before++)
    if (before <= OUTER && !reader->seen[before])
      return wrong (reader, "%s is missing before %s", kinds[before].word, kinds[kind].word);
  reader->kind = kind;
  reader->seen[kind] = true;
  return kinds[kind].read (reader);
}

static bool
is_plain (const char *text, size_t length)
{
  for (size_t i = 0; i < length; i++)
    if (text[i] < ' ' || text[i] > '~')
      return false;
  return true;
}

bool
vr_balance_parse (const char *path, const char *text, size_t length, VrBalance *balance,
                  VrProblem *problem)
{
  Reader reader = { .balance = balance, .problem = problem, .path = path };
  const char *end = text + length;
  memset (balance, 0, sizeof *balance);
  for (const char *next; text < end; text = next) {
    char line[LINE_MAX_LENGTH + 1];
    const char *stop = memchr (text, '\n', (size_t) (end - text));
    size_t size = (size_t) ((stop != NULL ? stop : end) - text);
    next = stop != NULL ? stop + 1 : end;
    reader.line++;
    if (reader.seen[END])
      return wrong (&reader, "there is more after the line \"end\"");
    if (size > LINE_MAX_LENGTH)
      return wrong (&reader, "the line is longer than %d characters", LINE_MAX_LENGTH);
    if (!is_plain (text, size))
      return wrong (&reader, "the line holds a character that is no printable ASCII");
    memcpy (line, text, size);
    line[size] = '\0';
    if (!read_line (&reader, line))
      return false;
    if (stop == NULL)
      return wrong (&reader, "the last line is not ended: the file is cut off");
  }
  reader.line++;
  return reader.seen[END] || wrong (&reader, "the line \"end\" is missing: the file is cut off");
}

bool
vr_balance_read (const char *path, VrBalance *balance, VrProblem *problem)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return vr_problem_set (problem, "cannot open %s: %s", path, strerror (errno));
  char *text = malloc (FILE_MAX_LENGTH);
  size_t length = 0;
  ssize_t got = text != NULL ? 1 : -1;
  while (got > 0 && length < FILE_MAX_LENGTH) {
    got = read (fd, text + length, FILE_MAX_LENGTH - length);
    length += got > 0 ? (size_t) got : 0;
  }
  bool good = false;
  if (got < 0)
    vr_problem_set (problem, "cannot read %s: %s", path, strerror (errno));
  else if (length == FILE_MAX_LENGTH)
    vr_problem_set (problem, "%s is longer than %d bytes", path, FILE_MAX_LENGTH);
  else
    good = vr_balance_parse (path, text, length, balance, problem);
  free (text);
  close (fd);
  return good;
}
