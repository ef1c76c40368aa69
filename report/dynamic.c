/* Dynamic linking: the interpreter, the libraries needed and where they are found, imports. */
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/syscalls.h"
#include "report/program.h"

#define ENTRIES_MAX 4096
#define LIBRARIES_MAX 256u
#define DIRS_MAX 64u
#define INCLUDE_DEPTH 4

/* --- the dynamic section --- */

struct dynamic {
	Elf *elf;
	Elf_Data *data;
	GElf_Shdr sh;
	size_t count;
};

/* By program header, as the interpreter finds it; by section where there is one. */
static bool dynamic_find(Elf *elf, struct dynamic *ret)
{
	Elf_Scn *scn = NULL;
	int n = 0;

	while ((scn = elf_nextscn(elf, scn)) != NULL && n++ < ENTRIES_MAX) {
		if (gelf_getshdr(scn, &ret->sh) == NULL || ret->sh.sh_type != SHT_DYNAMIC)
			continue;
		ret->elf = elf;
		ret->data = elf_getdata(scn, NULL);
		ret->count = ret->sh.sh_entsize == 0 ? 0 : ret->sh.sh_size / ret->sh.sh_entsize;
		ret->count = MIN(ret->count, (size_t)ENTRIES_MAX);
		return ret->data != NULL;
	}
	return false;
}

static const char *dynamic_string(const struct dynamic *d, u64 at)
{
	return elf_strptr(d->elf, d->sh.sh_link, at);
}

/* --- where libraries are --- */

struct search {
	char *dirs[DIRS_MAX];
	u32 count;
};

static void search_add(struct search *s, const char *dir, size_t len)
{
	if (s->count < DIRS_MAX && len != 0 && dir[0] == '/')
		s->dirs[s->count++] = strndup(dir, len);
}

/* /etc/ld.so.conf: a directory a line, and "include PATTERN". */
static void search_conf(struct search *s, const char *path, int depth)
{
	FILE *f = fopen(path, "re");
	char line[1024];

	if (f == NULL)
		return;
	while (fgets(line, sizeof(line), f) != NULL) {
		size_t len = strcspn(line, "#\n");
		glob_t found;

		while (len != 0 && (line[len - 1] == ' ' || line[len - 1] == '\t'))
			len--;
		line[len] = 0;
		if (strncmp(line, "include ", 8) != 0) {
			search_add(s, line, len);
			continue;
		}
		if (depth >= INCLUDE_DEPTH || glob(line + 8, 0, NULL, &found) != 0)
			continue;
		for (size_t i = 0; i < found.gl_pathc; i++)
			search_conf(s, found.gl_pathv[i], depth + 1);
		globfree(&found);
	}
	fclose(f);
}

static void search_path(struct search *s, const char *list, const char *origin)
{
	while (list != NULL && *list != 0) {
		size_t len = strcspn(list, ":");
		char dir[4096];

		if (strncmp(list, "$ORIGIN", 7) == 0 || strncmp(list, "${ORIGIN}", 9) == 0) {
			size_t skip = list[1] == '{' ? 9 : 7;
			int n = snprintf(dir, sizeof(dir), "%s%.*s", origin, (int)(len - skip),
					 list + skip);

			if (n > 0 && (size_t)n < sizeof(dir))
				search_add(s, dir, (size_t)n);
		} else {
			search_add(s, list, len);
		}
		list += len + (list[len] == ':');
	}
}

static void search_init(struct search *s, const char *interpreter, const char *runpath,
			const char *path)
{
	static const char *const musl[] = { "/lib", "/usr/local/lib", "/usr/lib",
					    "/usr/lib/x86_64-linux-musl",
					    "/lib/x86_64-linux-musl" };
	static const char *const usual[] = { "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
					     "/lib64", "/usr/lib64", "/lib", "/usr/lib" };
	char *full = realpath(path, NULL), *slash = full == NULL ? NULL : strrchr(full, '/');

	s->count = 0;
	if (slash != NULL)
		slash[slash == full] = 0;
	search_path(s, runpath, full == NULL ? "/" : full);
	free(full);
	if (strstr(interpreter, "ld-musl") != NULL) {
		for (size_t i = 0; i < ARRAY_SIZE(musl); i++)
			search_add(s, musl[i], strlen(musl[i]));
		return;
	}
	search_conf(s, "/etc/ld.so.conf", 0);
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		search_add(s, usual[i], strlen(usual[i]));
}

static void search_fini(struct search *s)
{
	for (u32 i = 0; i < s->count; i++)
		free(s->dirs[i]);
}

/* A 64-bit x86 library of that name; the path is the caller's. */
static char *search_find(const struct search *s, const char *name)
{
	for (u32 i = 0; i < s->count; i++) {
		unsigned char head[20] = { 0 };
		char *path;
		int fd;

		if (asprintf(&path, "%s/%s", s->dirs[i], name) < 0)
			return NULL;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0 && read(fd, head, sizeof(head)) == sizeof(head) &&
		    memcmp(head, ELFMAG, SELFMAG) == 0 && head[EI_CLASS] == ELFCLASS64 &&
		    head[18] == EM_X86_64) {
			close(fd);
			return path;
		}
		if (fd >= 0)
			close(fd);
		free(path);
	}
	return NULL;
}

/* --- what is needed, and what that needs --- */

struct needs {
	json_t *list; /* objects: name, path or missing, by */
	json_t *names;
	const struct search *search;
	const char *musl; /* the interpreter is the C library itself: its path, or NULL */
};

static void need_add(struct needs *needs, const char *name, const char *by)
{
	json_t *row, *text = fact_text(name);
	char *path;

	if (!fact_add_unique(needs->names, json_incref(text), LIBRARIES_MAX)) {
		json_decref(text);
		return;
	}
	json_decref(text);
	row = fact_object();
	fact_put_text(row, "name", name);
	fact_put_text(row, "by", by);
	path = strchr(name, '/') != NULL ? realpath(name, NULL) :
	       needs->musl != NULL && strncmp(name, "libc.", 5) == 0 ?
					   strdup(needs->musl) :
					   search_find(needs->search, name);
	fact_put_text(row, "path", path);
	fact_put_bool(row, "missing", path == NULL);
	fact_add(needs->list, row);
	free(path);
}

static void needs_of(struct needs *needs, Elf *elf, const char *by)
{
	struct dynamic d;

	if (!dynamic_find(elf, &d))
		return;
	for (size_t i = 0; i < d.count; i++) {
		GElf_Dyn entry;
		const char *name;

		if (gelf_getdyn(d.data, (int)i, &entry) == NULL || entry.d_tag == DT_NULL)
			break;
		name = entry.d_tag == DT_NEEDED ? dynamic_string(&d, entry.d_un.d_val) : NULL;
		if (name != NULL && name[0] != 0)
			need_add(needs, name, by);
	}
}

static void needs_follow(struct needs *needs)
{
	for (size_t i = 0; i < json_array_size(needs->list); i++) {
		const json_t *row = json_array_get(needs->list, i);
		const char *path = fact_string(row, "path");
		struct input in;
		Elf *elf;

		if (path[0] == 0 || input_open(path, &in) != NULL)
			continue;
		elf = elf_memory((char *)in.data, in.size);
		if (elf != NULL)
			needs_of(needs, elf, fact_string(row, "name"));
		elf_end(elf);
		input_close(&in);
	}
}

/* --- imports --- */

/* Functions taken from libraries that are named as calls are: a hint of what is called. */
static void import_facts(struct program *p, Elf_Scn *scn, const GElf_Shdr *sh)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t count = sh->sh_entsize == 0 ? 0 : sh->sh_size / sh->sh_entsize, imports = 0;
	json_t *calls = fact_list();
	bool canary = false, fortify = false;

	for (size_t i = 0; data != NULL && i < count && i < 1000000; i++) {
		GElf_Sym sym;
		const char *name;
		size_t len;

		if (gelf_getsym(data, (int)i, &sym) == NULL)
			break;
		name = elf_strptr(p->elf, sh->sh_link, sym.st_name);
		if (sym.st_shndx != SHN_UNDEF || name == NULL || name[0] == 0)
			continue;
		imports++;
		len = strlen(name);
		canary |= strcmp(name, "__stack_chk_fail") == 0;
		fortify |= len > 6 && strcmp(name + len - 4, "_chk") == 0 &&
			   strncmp(name, "__", 2) == 0;
		if (syscall_number_find(name) >= 0)
			fact_add_unique(calls, fact_text(name), 400);
	}
	fact_put_number(p->facts, "imports", imports);
	fact_put(p->facts, "imported_calls", calls);
	fact_put_bool(p->facts, "canary", canary);
	fact_put_bool(p->facts, "fortify", fortify);
}

/* "GLIBC_2.34" of the highest version needed, by .gnu.version_r. */
static void version_facts(struct program *p, Elf_Scn *scn, const GElf_Shdr *sh)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	char best[64] = "";
	int at = 0, at_aux, n = 0, m;

	while (data != NULL && n++ < 256) {
		GElf_Verneed need;
		GElf_Vernaux aux;

		if (gelf_getverneed(data, at, &need) == NULL)
			break;
		at_aux = at + (int)need.vn_aux;
		for (m = 0; m < 256 && gelf_getvernaux(data, at_aux, &aux) != NULL; m++) {
			const char *name = elf_strptr(p->elf, sh->sh_link, aux.vna_name);

			if (name != NULL && strncmp(name, "GLIBC_2", 7) == 0 &&
			    strverscmp(name, best) > 0)
				snprintf(best, sizeof(best), "%s", name);
			if (aux.vna_next == 0 || aux.vna_next > 1 << 20)
				break;
			at_aux += (int)aux.vna_next;
		}
		if (need.vn_next == 0 || need.vn_next > 1 << 20)
			break;
		at += (int)need.vn_next;
	}
	if (best[0] != 0)
		fact_put_text(p->facts, "glibc_needed", best);
}

static void interpreter_facts(struct program *p)
{
	for (u32 i = 0; i < p->ehdr.e_phnum && i < 256; i++) {
		GElf_Phdr ph;
		json_t *name;
		const char *text;

		if (gelf_getphdr(p->elf, (int)i, &ph) == NULL || ph.p_type != PT_INTERP ||
		    ph.p_filesz < 2 || ph.p_filesz > 4096 ||
		    !input_has(&p->in, ph.p_offset, ph.p_filesz))
			continue;
		text = (const char *)p->in.data + ph.p_offset;
		name = fact_bytes(text, strnlen(text, ph.p_filesz));
		fact_put_bool(p->facts, "interpreter_missing",
			      access(json_string_value(name), F_OK) < 0);
		fact_put(p->facts, "interpreter", name);
		if (fact_true(p->facts, "interpreter_missing"))
			hazard_add(p, "danger", "the interpreter %s is not on this machine",
				   fact_string(p->facts, "interpreter"));
		return;
	}
}

static void dynamic_entry(struct program *p, const struct dynamic *d, const GElf_Dyn *e)
{
	switch (e->d_tag) {
	case DT_SONAME:
		fact_put_text(p->facts, "soname", dynamic_string(d, e->d_un.d_val));
		break;
	case DT_RPATH:
	case DT_RUNPATH:
		fact_put_text(p->facts, "runpath", dynamic_string(d, e->d_un.d_val));
		break;
	case DT_BIND_NOW:
		fact_put_bool(p->facts, "bind_now", true);
		break;
	case DT_TEXTREL:
		hazard_add(p, "warning", "relocations change the code (DT_TEXTREL)");
		break;
	case DT_FLAGS:
		if (e->d_un.d_val & DF_BIND_NOW)
			fact_put_bool(p->facts, "bind_now", true);
		break;
	case DT_FLAGS_1:
		if (e->d_un.d_val & DF_1_NOW)
			fact_put_bool(p->facts, "bind_now", true);
		if (e->d_un.d_val & DF_1_PIE)
			fact_put_bool(p->facts, "pie_flag", true);
		break;
	default:
		break;
	}
}

static void needed_facts(struct program *p)
{
	const char *interpreter = fact_string(p->facts, "interpreter");
	struct search search;
	struct needs needs = { fact_list(), fact_list(), &search,
			       strstr(interpreter, "ld-musl") != NULL ? interpreter : NULL };
	size_t i;
	json_t *row;

	search_init(&search, interpreter, fact_string(p->facts, "runpath"), p->in.path);
	needs_of(&needs, p->elf, "");
	needs_follow(&needs);
	search_fini(&search);
	json_decref(needs.names);
	json_array_foreach(needs.list, i, row)
		if (fact_true(row, "missing"))
			hazard_add(p, "danger", "library %s is not found%s%s",
				   fact_string(row, "name"),
				   fact_string(row, "by")[0] != 0 ? ", needed by " : "",
				   fact_string(row, "by"));
	if (json_array_size(needs.list) != 0)
		fact_put(p->facts, "libraries", needs.list);
	else
		json_decref(needs.list);
}

void elf_dynamic_facts(struct program *p)
{
	struct dynamic d = { 0 };
	Elf_Scn *scn = NULL;
	int n = 0;
	bool dynamic, interpreted;

	interpreter_facts(p);
	dynamic = dynamic_find(p->elf, &d);
	for (size_t i = 0; dynamic && i < d.count; i++) {
		GElf_Dyn entry;

		if (gelf_getdyn(d.data, (int)i, &entry) == NULL || entry.d_tag == DT_NULL)
			break;
		dynamic_entry(p, &d, &entry);
	}
	while ((scn = elf_nextscn(p->elf, scn)) != NULL && n++ < ENTRIES_MAX) {
		GElf_Shdr sh;

		if (gelf_getshdr(scn, &sh) == NULL)
			continue;
		if (sh.sh_type == SHT_DYNSYM)
			import_facts(p, scn, &sh);
		if (sh.sh_type == SHT_GNU_verneed)
			version_facts(p, scn, &sh);
	}
	if (dynamic && p->native)
		needed_facts(p);
	interpreted = fact_string(p->facts, "interpreter")[0] != 0;
	fact_put_text(p->facts, "linking",
		      interpreted			     ? "dynamically linked" :
		      p->ehdr.e_type == ET_DYN && dynamic &&
				      fact_string(p->facts, "soname")[0] != 0 ?
							       "shared library" :
		      p->ehdr.e_type == ET_DYN ? "statically linked, position-independent" :
						 "statically linked");
	fact_put_bool(p->facts, "pie", p->ehdr.e_type == ET_DYN);
	fact_put_text(p->facts, "relro",
		      !fact_true(p->facts, "relro_segment") ? "none" :
		      fact_true(p->facts, "bind_now") || !dynamic ? "full" :
								    "partial");
}
