/*
 * policy.h - who has to cosign a checkpoint (policies.md, F16).
 *
 * A policy is C2SP's tlog-policy, a text of lines:
 *
 *     log     VKEY [URL]
 *     witness NAME VKEY [URL]
 *     group   NAME any|all|K NAME...
 *     quorum  NAME|none
 *
 *   F16.1  at most 65,536 bytes, of which none is a control character but
 *          line feed, the last one, and tab; each line is empty, a comment or
 *          one of these four, with items apart by spaces and tabs; at most
 *          64 logs, and 128 witnesses and groups
 *   F16.2  a VKEY is as note_key_parse takes it; a log's has algorithm 1 and
 *          the name of an origin, a witness's 4 or 6
 *   F16.3  no public key comes twice, and none is the one that signs
 *   F16.4  a NAME is defined once, is not `none`, is used in lines after that
 *          one, and a member of one group at most; K is from 1 to the number
 *          of members
 *   F16.5  there is one quorum line
 *   F16.6  a checkpoint is signed by a log of the policy
 *   F16.7  and cosigned by the quorum
 *
 * F16.1 to F16.5 are SHEAF_ECORRUPT (SHEAF_ELIMIT for too many), F16.6 and
 * F16.7 SHEAF_EVERIFY. The functions are sheaf.h's.
 */
#ifndef SHEAF_LOG_POLICY_H
#define SHEAF_LOG_POLICY_H

#include "sheaf.h"

#define POLICY_MAX 65536
#define POLICY_LOGS_MAX 64
#define POLICY_NODES_MAX 128

#endif
