-- Cases that decisions has told of by their words: a notice names no other. They are read anew from the documents topic,
-- on which the last copy of each stands; what that tells beside is known already.
create table notices.known_case (
    case_key text primary key
);
create index decision_of_case on notices.decision (case_key) where not removed;
delete from chassis.consumed where topic = 'decisions.documents.v1';
