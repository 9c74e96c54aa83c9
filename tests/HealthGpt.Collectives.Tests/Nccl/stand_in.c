/* A stand-in for libnccl on a machine without a GPU. The prototypes are those of nccl.h. A call with a communicator that it does not know is written down and refused; among
 * communicators of its own it moves host memory between the threads of one process. Streams are ignored: all is done when a call, or the group around it, returns. */
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef NCCL_H_
typedef struct ncclComm* ncclComm_t;
typedef struct CUstream_st* cudaStream_t;
typedef struct { char internal[128]; } ncclUniqueId;
typedef enum { ncclSuccess = 0, ncclInvalidArgument = 4, ncclRemoteError = 6 } ncclResult_t;
typedef enum { ncclFloat32 = 7 } ncclDataType_t;
#endif

enum { MOST_RANKS = 16, MOST_WORLDS = 64, MOST_CALLS = 4096 };

typedef struct message { struct message* next; size_t bytes; char data[]; } message;
typedef struct { ncclUniqueId id; int ranks, joined, aborted; message* box[MOST_RANKS][MOST_RANKS]; } world;
struct ncclComm { world* world; int rank; };
typedef struct { int sends; void* data; size_t bytes; int peer; ncclComm_t comm; } call;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static world worlds[MOST_WORLDS];
static int world_count, id_count;
static ncclComm_t known[MOST_WORLDS * MOST_RANKS];
static int known_count;
static char written[1024];
static int destroyed, aborted, waiting;
static _Thread_local int depth, call_count;
static _Thread_local call calls[MOST_CALLS];

const char* standInWritten(void) { return written; }
int standInDestroyed(void) { return destroyed; }
int standInAborted(void) { return aborted; }
int standInWaiting(void) { return __atomic_load_n(&waiting, __ATOMIC_SEQ_CST); }

#define REFUSE(...) return (snprintf(written, sizeof written, __VA_ARGS__), ncclInvalidArgument)

static int is_known(ncclComm_t comm) {
  for (int i = 0; i < known_count; i++)
    if (known[i] == comm) return 1;
  return 0;
}

ncclResult_t ncclGetVersion(int* version) { *version = 22705; return ncclSuccess; }

const char* ncclGetErrorString(ncclResult_t result) { return result == ncclInvalidArgument ? "invalid argument" : "another error"; }

ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  pthread_mutex_lock(&lock);
  memset(id->internal, 0x5a, sizeof id->internal);
  id->internal[0] = (char)++id_count;
  id->internal[127] = (char)(128 + id_count);
  pthread_mutex_unlock(&lock);
  return ncclSuccess;
}

ncclResult_t ncclCommInitRank(ncclComm_t* comm, int nranks, ncclUniqueId id, int rank) {
  if (nranks < 1 || nranks > MOST_RANKS) {
    int at = snprintf(written, sizeof written, "ncclCommInitRank *comm=%p nranks=%d rank=%d id=", (void*)*comm, nranks, rank);
    for (int i = 0; i < 128; i++) at += snprintf(written + at, sizeof written - at, "%02x", (unsigned char)id.internal[i]);
    return ncclInvalidArgument;
  }
  pthread_mutex_lock(&lock);
  world* own = NULL;
  for (int i = 0; i < world_count; i++)
    if (memcmp(&worlds[i].id, &id, sizeof id) == 0) own = &worlds[i];
  if (own == NULL) { own = &worlds[world_count++]; own->id = id; own->ranks = nranks; }
  *comm = malloc(sizeof **comm);
  (*comm)->world = own;
  (*comm)->rank = rank;
  known[known_count++] = *comm;
  own->joined++;
  pthread_cond_broadcast(&changed);
  while (own->joined < own->ranks) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return ncclSuccess;
}

ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  if (!is_known(comm)) REFUSE("ncclCommDestroy comm=%p", (void*)comm);
  __atomic_add_fetch(&destroyed, 1, __ATOMIC_SEQ_CST);
  return ncclSuccess;
}

ncclResult_t ncclCommAbort(ncclComm_t comm) {
  if (!is_known(comm)) REFUSE("ncclCommAbort comm=%p", (void*)comm);
  pthread_mutex_lock(&lock);
  comm->world->aborted = 1;
  aborted++;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
  return ncclSuccess;
}

static void send_now(call what) {
  message* sent = malloc(sizeof *sent + what.bytes);
  sent->next = NULL;
  sent->bytes = what.bytes;
  memcpy(sent->data, what.data, what.bytes);
  pthread_mutex_lock(&lock);
  message** last = &what.comm->world->box[what.comm->rank][what.peer];
  while (*last != NULL) last = &(*last)->next;
  *last = sent;
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&lock);
}

static ncclResult_t receive_now(call what) {
  pthread_mutex_lock(&lock);
  message** first = &what.comm->world->box[what.peer][what.comm->rank];
  __atomic_add_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  while (*first == NULL && !what.comm->world->aborted) pthread_cond_wait(&changed, &lock);
  __atomic_sub_fetch(&waiting, 1, __ATOMIC_SEQ_CST);
  message* got = *first;
  if (got != NULL) *first = got->next;
  pthread_mutex_unlock(&lock);
  if (got == NULL) return ncclRemoteError;
  ncclResult_t result = got->bytes == what.bytes ? ncclSuccess : ncclInvalidArgument;
  if (result == ncclSuccess) memcpy(what.data, got->data, got->bytes);
  free(got);
  return result;
}

ncclResult_t ncclGroupStart(void) { depth++; return ncclSuccess; }

ncclResult_t ncclGroupEnd(void) {
  ncclResult_t result = ncclSuccess;
  if (--depth > 0) return result;
  for (int i = 0; i < call_count; i++)
    if (calls[i].sends) send_now(calls[i]);
  for (int i = 0; i < call_count && result == ncclSuccess; i++)
    if (!calls[i].sends) result = receive_now(calls[i]);
  call_count = 0;
  return result;
}

static ncclResult_t queue(call what) {
  if (call_count == MOST_CALLS) return ncclInvalidArgument;
  ncclGroupStart();
  calls[call_count++] = what;
  return ncclGroupEnd();
}

ncclResult_t ncclSend(const void* sendbuff, size_t count, ncclDataType_t datatype, int peer, ncclComm_t comm, cudaStream_t stream) {
  if (!is_known(comm)) REFUSE("ncclSend sendbuff=%p count=%zu datatype=%d peer=%d comm=%p stream=%p", sendbuff, count, datatype, peer, (void*)comm, (void*)stream);
  return queue((call){1, (void*)sendbuff, 4 * count, peer, comm});
}

ncclResult_t ncclRecv(void* recvbuff, size_t count, ncclDataType_t datatype, int peer, ncclComm_t comm, cudaStream_t stream) {
  if (!is_known(comm)) REFUSE("ncclRecv recvbuff=%p count=%zu datatype=%d peer=%d comm=%p stream=%p", recvbuff, count, datatype, peer, (void*)comm, (void*)stream);
  return queue((call){0, recvbuff, 4 * count, peer, comm});
}

ncclResult_t ncclAllGather(const void* sendbuff, void* recvbuff, size_t sendcount, ncclDataType_t datatype, ncclComm_t comm, cudaStream_t stream) {
  if (!is_known(comm))
    REFUSE("ncclAllGather sendbuff=%p recvbuff=%p sendcount=%zu datatype=%d comm=%p stream=%p", sendbuff, recvbuff, sendcount, datatype, (void*)comm, (void*)stream);
  ncclGroupStart();
  for (int peer = 0; peer < comm->world->ranks; peer++) {
    queue((call){1, (void*)sendbuff, 4 * sendcount, peer, comm});
    queue((call){0, (char*)recvbuff + 4 * sendcount * peer, 4 * sendcount, peer, comm});
  }
  return ncclGroupEnd();
}
