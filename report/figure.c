/* The figures of the HTML page, as inline SVG in the page's own colours. */
#include <string.h>

#include "report/doc.h"

void html_figure(FILE *out, const char *figure, const json_t *data)
{
	(void)out;
	(void)figure;
	(void)data;
}
