// The handles that collect the results of many photos: albums, COCO's results, reports.

#include "api/api.h"
#include "base/threads.h"
#include "out/album.h"
#include "out/coco.h"
#include "out/files.h"
#include "out/report.h"

int swatch_album_new_with(const char *folder, unsigned how, const swatch_save_options *options,
                          swatch_album **album, swatch_error *error)
{
    swatch_save_options o;
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(album, error);
    *album = NULL;
    int status = API_OPTIONS(o, options, &own);
    status = status ? status : album_new(folder, how, &o, album, &own);
    return api_end(status, &own, error);
}

int swatch_album_new(const char *folder, unsigned how, swatch_album **album, swatch_error *error)
{
    return swatch_album_new_with(folder, how, NULL, album, error);
}

void swatch_album_free(swatch_album *album)
{
    album_free(album);
}

int swatch_album_add(swatch_album *album, const swatch_result *result, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(album, error);
    API_NEEDS(result, error);
    const unsigned before = threads_set(api_threads(album_threads(album)));
    const int status = album_add(album, result, &own);
    threads_restore(before);
    return api_end(status, &own, error);
}

int swatch_album_finish(swatch_album *album, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(album, error);
    return api_end(album_finish(album, &own), &own, error);
}

const char *swatch_album_json(const swatch_album *album)
{
    return album_json(album);
}

int swatch_coco_new(const char *path, unsigned how, swatch_coco **coco, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(coco, error);
    *coco = NULL;
    API_NEEDS(path, error);
    int status = files_check_how(path, how, SWATCH_REPLACE, &own);
    status = status ? status : coco_results_new(path, how, coco, &own);
    return api_end(status, &own, error);
}

void swatch_coco_free(swatch_coco *coco)
{
    coco_results_free(coco);
}

int swatch_coco_add(swatch_coco *coco, const swatch_people *people, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(coco, error);
    API_NEEDS(people, error);
    return api_end(coco_results_add(coco, people, &own), &own, error);
}

int swatch_coco_save(const swatch_coco *coco, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(coco, error);
    return api_end(coco_results_save(coco, &own), &own, error);
}

int swatch_report_new(const char *folder, unsigned how, swatch_report **report, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(report, error);
    *report = NULL;
    API_NEEDS(folder, error);
    int status = files_check_how(folder, how,
                                 SWATCH_REPLACE | SWATCH_REPORT_PLAIN | SWATCH_REPORT_XLSX, &own);
    status = status ? status : folder_report_new(folder, how, report, &own);
    return api_end(status, &own, error);
}

void swatch_report_free(swatch_report *report)
{
    folder_report_free(report);
}

int swatch_report_add(swatch_report *report, const swatch_result *result, const char *folder,
                      swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(report, error);
    API_NEEDS(result, error);
    return api_end(folder_report_add(report, result, folder, &own), &own, error);
}

int swatch_report_add_saved(swatch_report *report, const char *folder, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(report, error);
    API_NEEDS(folder, error);
    return api_end(folder_report_add_saved(report, folder, &own), &own, error);
}

int swatch_report_fail(swatch_report *report, const char *photo, const char *message,
                       swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(report, error);
    API_NEEDS(photo, error);
    API_NEEDS(message, error);
    return api_end(folder_report_fail(report, photo, message, &own), &own, error);
}

int swatch_report_save(const swatch_report *report, swatch_error *error)
{
    swatch_error own = {.status = SWATCH_OK};
    API_NEEDS(report, error);
    return api_end(folder_report_save(report, &own), &own, error);
}
