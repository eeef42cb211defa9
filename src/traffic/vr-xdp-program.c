/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "traffic/vr-xdp-program.h"

#include <errno.h>
#include <net/if.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <glib.h>
#include <linux/bpf.h>
#include <linux/if_link.h>

int
vr_xdp_program_attach (const char *ifname)
{
  static const struct bpf_insn pass_all[] = {
    { .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
    { .code = BPF_JMP | BPF_EXIT },
  };
  LIBBPF_OPTS (bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
  int ifindex = (int) if_nametoindex (ifname);
  if (ifindex == 0)
    return -errno;
  int program = bpf_prog_load (BPF_PROG_TYPE_XDP, "vrkit_pass", "GPL", pass_all,
                               G_N_ELEMENTS (pass_all), NULL);
  if (program < 0)
    return program;
  int link = bpf_link_create (program, ifindex, BPF_XDP, &options);
  close (program);
  return link;
}
