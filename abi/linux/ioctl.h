/* Terminals and the ioctls ordinary programs make. */
#ifndef NACRE_ABI_LINUX_IOCTL_H
#define NACRE_ABI_LINUX_IOCTL_H

#include "abi/linux/layout.h"

/* How newer requests are coded: direction, size of the argument, type, number. */
#define LINUX_IOC_NONE	0U
#define LINUX_IOC_WRITE	1U
#define LINUX_IOC_READ	2U
#define LINUX_IOC(dir, type, nr, size)                                                 \
	((u32)(dir) << 30 | (u32)(size) << 16 | (u32)(type) << 8 | (u32)(nr))
#define LINUX_IOC_DIR(request) ((u32)(request) >> 30)
#define LINUX_IOC_SIZE(request) ((u32)(request) >> 16 & 0x3fff)
#define LINUX_IOC_TYPE(request) ((u32)(request) >> 8 & 0xff)
#define LINUX_IOC_NR(request) ((u32)(request) & 0xff)

#define LINUX_TCGETS		0x5401
#define LINUX_TCSETS		0x5402
#define LINUX_TCSETSW		0x5403
#define LINUX_TCSETSF		0x5404
#define LINUX_TCGETA		0x5405
#define LINUX_TCSETA		0x5406
#define LINUX_TCSETAW		0x5407
#define LINUX_TCSETAF		0x5408
#define LINUX_TCSBRK		0x5409
#define LINUX_TCXONC		0x540a
#define LINUX_TCFLSH		0x540b
#define LINUX_TIOCEXCL		0x540c
#define LINUX_TIOCNXCL		0x540d
#define LINUX_TIOCSCTTY		0x540e
#define LINUX_TIOCGPGRP		0x540f
#define LINUX_TIOCSPGRP		0x5410
#define LINUX_TIOCOUTQ		0x5411
#define LINUX_TIOCSTI		0x5412
#define LINUX_TIOCGWINSZ	0x5413
#define LINUX_TIOCSWINSZ	0x5414
#define LINUX_TIOCMGET		0x5415
#define LINUX_TIOCMBIS		0x5416
#define LINUX_TIOCMBIC		0x5417
#define LINUX_TIOCMSET		0x5418
#define LINUX_TIOCGSOFTCAR	0x5419
#define LINUX_TIOCSSOFTCAR	0x541a
#define LINUX_FIONREAD		0x541b
#define LINUX_TIOCINQ		LINUX_FIONREAD
#define LINUX_TIOCLINUX		0x541c
#define LINUX_TIOCCONS		0x541d
#define LINUX_TIOCGSERIAL	0x541e
#define LINUX_TIOCSSERIAL	0x541f
#define LINUX_TIOCPKT		0x5420
#define LINUX_FIONBIO		0x5421
#define LINUX_TIOCNOTTY		0x5422
#define LINUX_TIOCSETD		0x5423
#define LINUX_TIOCGETD		0x5424
#define LINUX_TCSBRKP		0x5425
#define LINUX_TIOCSBRK		0x5427
#define LINUX_TIOCCBRK		0x5428
#define LINUX_TIOCGSID		0x5429
#define LINUX_TCGETS2		0x802c542aU
#define LINUX_TCSETS2		0x402c542bU
#define LINUX_TCSETSW2		0x402c542cU
#define LINUX_TCSETSF2		0x402c542dU
#define LINUX_TIOCGPTN		0x80045430U
#define LINUX_TIOCSPTLCK	0x40045431U
#define LINUX_TIOCGDEV		0x80045432U
#define LINUX_TIOCSIG		0x40045436U
#define LINUX_TIOCVHANGUP	0x5437
#define LINUX_TIOCGPKT		0x80045438U
#define LINUX_TIOCGPTLCK	0x80045439U
#define LINUX_TIOCGEXCL		0x80045440U
#define LINUX_TIOCGPTPEER	0x5441
#define LINUX_FIONCLEX		0x5450
#define LINUX_FIOCLEX		0x5451
#define LINUX_FIOASYNC		0x5452
#define LINUX_FIOQSIZE		0x5460

#define LINUX_FIOSETOWN		0x8901
#define LINUX_SIOCSPGRP		0x8902
#define LINUX_FIOGETOWN		0x8903
#define LINUX_SIOCGPGRP		0x8904
#define LINUX_SIOCATMARK	0x8905
#define LINUX_SIOCGIFNAME	0x8910
#define LINUX_SIOCGIFCONF	0x8912
#define LINUX_SIOCGIFFLAGS	0x8913
#define LINUX_SIOCSIFFLAGS	0x8914
#define LINUX_SIOCGIFADDR	0x8915
#define LINUX_SIOCSIFADDR	0x8916
#define LINUX_SIOCGIFNETMASK	0x891b
#define LINUX_SIOCSIFNETMASK	0x891c
#define LINUX_SIOCGIFMTU	0x8921
#define LINUX_SIOCGIFHWADDR	0x8927
#define LINUX_SIOCGIFINDEX	0x8933

#define LINUX_FIBMAP			0x0001
#define LINUX_FIGETBSZ			0x0002
#define LINUX_FIFREEZE			0xc0045877U
#define LINUX_FITHAW			0xc0045878U
#define LINUX_FICLONE			0x40049409U
#define LINUX_FICLONERANGE		0x4020940dU
#define LINUX_FIDEDUPERANGE		0xc0189436U
#define LINUX_FS_IOC_GETFLAGS		0x80086601U
#define LINUX_FS_IOC_SETFLAGS		0x40086602U
#define LINUX_FS_IOC_GETVERSION		0x80087601U
#define LINUX_FS_IOC_FIEMAP		0xc020660bU
#define LINUX_FS_IOC_FSGETXATTR		0x801c581fU
#define LINUX_FS_IOC_FSSETXATTR		0x401c5820U
#define LINUX_FS_IOC_ENABLE_VERITY	0x40806685U
#define LINUX_FS_IOC_MEASURE_VERITY	0xc0046686U
#define LINUX_NS_GET_USERNS		0xb701
#define LINUX_NS_GET_PARENT		0xb702
#define LINUX_NS_GET_NSTYPE		0xb703
#define LINUX_NS_GET_OWNER_UID		0xb704

struct linux_winsize {
	u16 ws_row;
	u16 ws_col;
	u16 ws_xpixel;
	u16 ws_ypixel;
};

LINUX_SIZE(winsize, 8);

#define LINUX_NCCS	19

/* TCGETS and TCSETS*: smaller than the C library's structure of that name. */
struct linux_termios {
	u32 c_iflag;
	u32 c_oflag;
	u32 c_cflag;
	u32 c_lflag;
	u8 c_line;
	u8 c_cc[LINUX_NCCS];
};

LINUX_SIZE(termios, 36);
LINUX_OFFSET(termios, c_cc, 17);

struct linux_termios2 {
	u32 c_iflag;
	u32 c_oflag;
	u32 c_cflag;
	u32 c_lflag;
	u8 c_line;
	u8 c_cc[LINUX_NCCS];
	u32 c_ispeed;
	u32 c_ospeed;
};

LINUX_SIZE(termios2, 44);
LINUX_OFFSET(termios2, c_ispeed, 36);

/* TCGETA and TCSETA*. */
struct linux_termio {
	u16 c_iflag;
	u16 c_oflag;
	u16 c_cflag;
	u16 c_lflag;
	u8 c_line;
	u8 c_cc[8];
	u8 pad0;
};

LINUX_SIZE(termio, 18);

/* Indices of c_cc. */
#define LINUX_VINTR	0
#define LINUX_VQUIT	1
#define LINUX_VERASE	2
#define LINUX_VKILL	3
#define LINUX_VEOF	4
#define LINUX_VTIME	5
#define LINUX_VMIN	6
#define LINUX_VSWTC	7
#define LINUX_VSTART	8
#define LINUX_VSTOP	9
#define LINUX_VSUSP	10
#define LINUX_VEOL	11
#define LINUX_VREPRINT	12
#define LINUX_VDISCARD	13
#define LINUX_VWERASE	14
#define LINUX_VLNEXT	15
#define LINUX_VEOL2	16

/* c_iflag. */
#define LINUX_IGNBRK	0000001
#define LINUX_BRKINT	0000002
#define LINUX_IGNPAR	0000004
#define LINUX_PARMRK	0000010
#define LINUX_INPCK	0000020
#define LINUX_ISTRIP	0000040
#define LINUX_INLCR	0000100
#define LINUX_IGNCR	0000200
#define LINUX_ICRNL	0000400
#define LINUX_IUCLC	0001000
#define LINUX_IXON	0002000
#define LINUX_IXANY	0004000
#define LINUX_IXOFF	0010000
#define LINUX_IMAXBEL	0020000
#define LINUX_IUTF8	0040000

/* c_oflag. */
#define LINUX_OPOST	0000001
#define LINUX_OLCUC	0000002
#define LINUX_ONLCR	0000004
#define LINUX_OCRNL	0000010
#define LINUX_ONOCR	0000020
#define LINUX_ONLRET	0000040
#define LINUX_OFILL	0000100
#define LINUX_OFDEL	0000200
#define LINUX_NLDLY	0000400
#define LINUX_NL0	0000000
#define LINUX_NL1	0000400
#define LINUX_CRDLY	0003000
#define LINUX_CR0	0000000
#define LINUX_CR1	0001000
#define LINUX_CR2	0002000
#define LINUX_CR3	0003000
#define LINUX_TABDLY	0014000
#define LINUX_TAB0	0000000
#define LINUX_TAB1	0004000
#define LINUX_TAB2	0010000
#define LINUX_TAB3	0014000
#define LINUX_XTABS	0014000
#define LINUX_BSDLY	0020000
#define LINUX_BS0	0000000
#define LINUX_BS1	0020000
#define LINUX_VTDLY	0040000
#define LINUX_VT0	0000000
#define LINUX_VT1	0040000
#define LINUX_FFDLY	0100000
#define LINUX_FF0	0000000
#define LINUX_FF1	0100000

/* c_cflag. */
#define LINUX_CBAUD	0010017
#define LINUX_B0	0000000
#define LINUX_B50	0000001
#define LINUX_B75	0000002
#define LINUX_B110	0000003
#define LINUX_B134	0000004
#define LINUX_B150	0000005
#define LINUX_B200	0000006
#define LINUX_B300	0000007
#define LINUX_B600	0000010
#define LINUX_B1200	0000011
#define LINUX_B1800	0000012
#define LINUX_B2400	0000013
#define LINUX_B4800	0000014
#define LINUX_B9600	0000015
#define LINUX_B19200	0000016
#define LINUX_B38400	0000017
#define LINUX_CBAUDEX	0010000
#define LINUX_BOTHER	0010000
#define LINUX_B57600	0010001
#define LINUX_B115200	0010002
#define LINUX_B230400	0010003
#define LINUX_B460800	0010004
#define LINUX_B500000	0010005
#define LINUX_B576000	0010006
#define LINUX_B921600	0010007
#define LINUX_B1000000	0010010
#define LINUX_B1152000	0010011
#define LINUX_B1500000	0010012
#define LINUX_B2000000	0010013
#define LINUX_B2500000	0010014
#define LINUX_B3000000	0010015
#define LINUX_B3500000	0010016
#define LINUX_B4000000	0010017
#define LINUX_CSIZE	0000060
#define LINUX_CS5	0000000
#define LINUX_CS6	0000020
#define LINUX_CS7	0000040
#define LINUX_CS8	0000060
#define LINUX_CSTOPB	0000100
#define LINUX_CREAD	0000200
#define LINUX_PARENB	0000400
#define LINUX_PARODD	0001000
#define LINUX_HUPCL	0002000
#define LINUX_CLOCAL	0004000
#define LINUX_CIBAUD	002003600000
#define LINUX_IBSHIFT	16
#define LINUX_CMSPAR	010000000000
#define LINUX_CRTSCTS	020000000000U

/* c_lflag. */
#define LINUX_ISIG	0000001
#define LINUX_ICANON	0000002
#define LINUX_XCASE	0000004
#define LINUX_ECHO	0000010
#define LINUX_ECHOE	0000020
#define LINUX_ECHOK	0000040
#define LINUX_ECHONL	0000100
#define LINUX_NOFLSH	0000200
#define LINUX_TOSTOP	0000400
#define LINUX_ECHOCTL	0001000
#define LINUX_ECHOPRT	0002000
#define LINUX_ECHOKE	0004000
#define LINUX_FLUSHO	0010000
#define LINUX_PENDIN	0040000
#define LINUX_IEXTEN	0100000
#define LINUX_EXTPROC	0200000

/* TCXONC and TCFLSH arguments. */
#define LINUX_TCOOFF	0
#define LINUX_TCOON	1
#define LINUX_TCIOFF	2
#define LINUX_TCION	3
#define LINUX_TCIFLUSH	0
#define LINUX_TCOFLUSH	1
#define LINUX_TCIOFLUSH	2

/* First byte read from a terminal master in packet mode. */
#define LINUX_TIOCPKT_DATA		0
#define LINUX_TIOCPKT_FLUSHREAD		1
#define LINUX_TIOCPKT_FLUSHWRITE	2
#define LINUX_TIOCPKT_STOP		4
#define LINUX_TIOCPKT_START		8
#define LINUX_TIOCPKT_NOSTOP		16
#define LINUX_TIOCPKT_DOSTOP		32
#define LINUX_TIOCPKT_IOCTL		64

#define LINUX_N_TTY	0

struct linux_file_clone_range {
	s64 src_fd;
	u64 src_offset;
	u64 src_length;
	u64 dest_offset;
};

LINUX_SIZE(file_clone_range, 32);

/* FIDEDUPERANGE; dest_count of the second follow. */
struct linux_file_dedupe_range {
	u64 src_offset;
	u64 src_length;
	u16 dest_count;
	u16 reserved1;
	u32 reserved2;
};

struct linux_file_dedupe_range_info {
	s64 dest_fd;
	u64 dest_offset;
	u64 bytes_deduped;
	s32 status;
	u32 reserved;
};

LINUX_SIZE(file_dedupe_range, 24);
LINUX_SIZE(file_dedupe_range_info, 32);

/* FS_IOC_FSGETXATTR, FS_IOC_FSSETXATTR; the flags are in xattr.h. */
struct linux_fsxattr {
	u32 fsx_xflags;
	u32 fsx_extsize;
	u32 fsx_nextents;
	u32 fsx_projid;
	u32 fsx_cowextsize;
	u8 fsx_pad[8];
};

LINUX_SIZE(fsxattr, 28);

#endif
