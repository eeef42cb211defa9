/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The recipe's keys as text for people. */
#pragma once

/* The keys' part of vrkit-image(5), in man(7) markup: a .SS a section, a .TP a key. The caller owns
 * it. */
char *vr_recipe_man (void);
