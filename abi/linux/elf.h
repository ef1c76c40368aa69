/* ELF64 as far as a loader and an inspector need it. */
#ifndef NACRE_ABI_LINUX_ELF_H
#define NACRE_ABI_LINUX_ELF_H

#include "abi/linux/layout.h"

#define LINUX_EI_MAG0		0
#define LINUX_EI_CLASS		4
#define LINUX_EI_DATA		5
#define LINUX_EI_VERSION	6
#define LINUX_EI_OSABI		7
#define LINUX_EI_ABIVERSION	8
#define LINUX_EI_NIDENT		16

#define LINUX_ELFMAG		"\177ELF"
#define LINUX_SELFMAG		4
#define LINUX_ELFCLASS32	1
#define LINUX_ELFCLASS64	2
#define LINUX_ELFDATA2LSB	1
#define LINUX_ELFDATA2MSB	2
#define LINUX_EV_CURRENT	1

#define LINUX_ELFOSABI_NONE	0
#define LINUX_ELFOSABI_NETBSD	2
#define LINUX_ELFOSABI_LINUX	3
#define LINUX_ELFOSABI_FREEBSD	9
#define LINUX_ELFOSABI_OPENBSD	12

#define LINUX_ET_NONE	0
#define LINUX_ET_REL	1
#define LINUX_ET_EXEC	2
#define LINUX_ET_DYN	3
#define LINUX_ET_CORE	4

#define LINUX_EM_386		3
#define LINUX_EM_PPC64		21
#define LINUX_EM_S390		22
#define LINUX_EM_ARM		40
#define LINUX_EM_X86_64		62
#define LINUX_EM_AARCH64	183
#define LINUX_EM_RISCV		243
#define LINUX_EM_LOONGARCH	258

#define LINUX_PT_NULL		0
#define LINUX_PT_LOAD		1
#define LINUX_PT_DYNAMIC	2
#define LINUX_PT_INTERP		3
#define LINUX_PT_NOTE		4
#define LINUX_PT_SHLIB		5
#define LINUX_PT_PHDR		6
#define LINUX_PT_TLS		7
#define LINUX_PT_GNU_EH_FRAME	0x6474e550
#define LINUX_PT_GNU_STACK	0x6474e551
#define LINUX_PT_GNU_RELRO	0x6474e552
#define LINUX_PT_GNU_PROPERTY	0x6474e553

#define LINUX_PF_X	1
#define LINUX_PF_W	2
#define LINUX_PF_R	4

/* e_phnum when the true count is in sh_info of section 0. */
#define LINUX_PN_XNUM	0xffff

struct linux_elf64_ehdr {
	u8 e_ident[LINUX_EI_NIDENT];
	u16 e_type;
	u16 e_machine;
	u32 e_version;
	u64 e_entry;
	u64 e_phoff;
	u64 e_shoff;
	u32 e_flags;
	u16 e_ehsize;
	u16 e_phentsize;
	u16 e_phnum;
	u16 e_shentsize;
	u16 e_shnum;
	u16 e_shstrndx;
};

LINUX_SIZE(elf64_ehdr, 64);
LINUX_OFFSET(elf64_ehdr, e_entry, 24);
LINUX_OFFSET(elf64_ehdr, e_phentsize, 54);
LINUX_OFFSET(elf64_ehdr, e_shstrndx, 62);

struct linux_elf64_phdr {
	u32 p_type;
	u32 p_flags;
	u64 p_offset;
	u64 p_vaddr;
	u64 p_paddr;
	u64 p_filesz;
	u64 p_memsz;
	u64 p_align;
};

LINUX_SIZE(elf64_phdr, 56);
LINUX_OFFSET(elf64_phdr, p_filesz, 32);

struct linux_elf64_shdr {
	u32 sh_name;
	u32 sh_type;
	u64 sh_flags;
	u64 sh_addr;
	u64 sh_offset;
	u64 sh_size;
	u32 sh_link;
	u32 sh_info;
	u64 sh_addralign;
	u64 sh_entsize;
};

LINUX_SIZE(elf64_shdr, 64);
LINUX_OFFSET(elf64_shdr, sh_size, 32);

#define LINUX_SHT_NULL		0
#define LINUX_SHT_PROGBITS	1
#define LINUX_SHT_SYMTAB	2
#define LINUX_SHT_STRTAB	3
#define LINUX_SHT_RELA		4
#define LINUX_SHT_HASH		5
#define LINUX_SHT_DYNAMIC	6
#define LINUX_SHT_NOTE		7
#define LINUX_SHT_NOBITS	8
#define LINUX_SHT_REL		9
#define LINUX_SHT_DYNSYM	11
#define LINUX_SHF_WRITE		1
#define LINUX_SHF_ALLOC		2
#define LINUX_SHF_EXECINSTR	4
#define LINUX_SHF_TLS		0x400

struct linux_elf64_sym {
	u32 st_name;
	u8 st_info;
	u8 st_other;
	u16 st_shndx;
	u64 st_value;
	u64 st_size;
};

LINUX_SIZE(elf64_sym, 24);

#define LINUX_STB_LOCAL		0
#define LINUX_STB_GLOBAL	1
#define LINUX_STB_WEAK		2
#define LINUX_STT_NOTYPE	0
#define LINUX_STT_OBJECT	1
#define LINUX_STT_FUNC		2
#define LINUX_STT_TLS		6
#define LINUX_SHN_UNDEF		0
#define LINUX_SHN_ABS		0xfff1

struct linux_elf64_rela {
	u64 r_offset;
	u64 r_info;
	s64 r_addend;
};

LINUX_SIZE(elf64_rela, 24);

#define LINUX_R_X86_64_NONE	0
#define LINUX_R_X86_64_64	1
#define LINUX_R_X86_64_RELATIVE	8

struct linux_elf64_dyn {
	s64 d_tag;
	u64 d_val; /* or an address */
};

LINUX_SIZE(elf64_dyn, 16);

#define LINUX_DT_NULL		0
#define LINUX_DT_NEEDED		1
#define LINUX_DT_PLTRELSZ	2
#define LINUX_DT_HASH		4
#define LINUX_DT_STRTAB		5
#define LINUX_DT_SYMTAB		6
#define LINUX_DT_RELA		7
#define LINUX_DT_RELASZ		8
#define LINUX_DT_RELAENT	9
#define LINUX_DT_STRSZ		10
#define LINUX_DT_SYMENT		11
#define LINUX_DT_INIT		12
#define LINUX_DT_FINI		13
#define LINUX_DT_SONAME		14
#define LINUX_DT_RPATH		15
#define LINUX_DT_RUNPATH	29
#define LINUX_DT_FLAGS		30
#define LINUX_DT_GNU_HASH	0x6ffffef5
#define LINUX_DT_VERSYM		0x6ffffff0
#define LINUX_DT_FLAGS_1	0x6ffffffb
#define LINUX_DT_VERDEF		0x6ffffffc
#define LINUX_DT_VERDEFNUM	0x6ffffffd
#define LINUX_DT_VERNEED	0x6ffffffe
#define LINUX_DT_VERNEEDNUM	0x6fffffff
#define LINUX_DF_1_PIE		0x08000000

/* Symbol versions, which a vDSO must carry for the C libraries to find its symbols. */
struct linux_elf64_verdef {
	u16 vd_version;
	u16 vd_flags;
	u16 vd_ndx;
	u16 vd_cnt;
	u32 vd_hash;
	u32 vd_aux;
	u32 vd_next;
};

struct linux_elf64_verdaux {
	u32 vda_name;
	u32 vda_next;
};

LINUX_SIZE(elf64_verdef, 20);
LINUX_SIZE(elf64_verdaux, 8);

/* Followed by the name and the description, each padded to 4. */
struct linux_elf64_nhdr {
	u32 n_namesz;
	u32 n_descsz;
	u32 n_type;
};

LINUX_SIZE(elf64_nhdr, 12);

#define LINUX_NT_GNU_ABI_TAG		1
#define LINUX_NT_GNU_BUILD_ID		3
#define LINUX_NT_GNU_PROPERTY_TYPE_0	5
#define LINUX_NT_PRSTATUS		1
#define LINUX_NT_PRFPREG		2
#define LINUX_NT_PRPSINFO		3
#define LINUX_NT_AUXV			6
#define LINUX_NT_X86_XSTATE		0x202
#define LINUX_NT_SIGINFO		0x53494749
#define LINUX_NT_FILE			0x46494c45

#endif
