-- A store as the kit of commit 7e96019 wrote it, with invented answers: tests upgrade it, and go on with it.
-- It stays as it is. What a later version writes belongs into another file.
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE coding (
	id INTEGER NOT NULL, 
	coder VARCHAR NOT NULL, 
	session VARCHAR NOT NULL, 
	pseudonym VARCHAR NOT NULL, 
	question VARCHAR NOT NULL, 
	revision INTEGER NOT NULL, 
	start INTEGER NOT NULL, 
	"end" INTEGER NOT NULL, 
	words TEXT NOT NULL, 
	theme VARCHAR NOT NULL, 
	memo TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_coding PRIMARY KEY (id), 
	CONSTRAINT uq_coding_coder UNIQUE (coder, session, pseudonym, question, revision, start, "end", theme)
);
INSERT INTO "coding" VALUES(1,'alder','nursing-monday-qftcd4','L-MNPZX45H','what_happened',1,0,15,'In both classes','power','','2026-11-02 09:26:36.250000','2026-11-02 09:26:36.250000');
INSERT INTO "coding" VALUES(2,'birch','nursing-monday-qftcd4','L-MNPZX45H','what_happened',1,0,15,'In both classes','power','','2026-11-02 09:26:43.250000','2026-11-02 09:26:43.250000');
INSERT INTO "coding" VALUES(3,'alder','nursing-tuesday-dkd4wc','L-MNPZX45H','what_happened',1,0,15,'In both classes','power','the same words','2026-11-02 09:26:50.250000','2026-11-02 09:26:50.250000');
INSERT INTO "coding" VALUES(4,'alder','self-paced','L-Y43KWJRP','what_happened',2,0,5,'Alone','power','','2026-11-02 09:26:57.250000','2026-11-02 09:26:57.250000');
INSERT INTO "coding" VALUES(5,'alder','sample','L-1C7C6NBC','patient_carrying_out',1,0,10,'She pushed','knows_own_life','','2026-11-02 09:27:04.250000','2026-11-02 09:27:04.250000');
INSERT INTO "coding" VALUES(6,'alder','home-care-course-77jre4','L-1XPA7Z3D','who_helped',1,2,11,'neighbour','power','','2026-11-02 09:27:11.250000','2026-11-02 09:27:11.250000');
CREATE TABLE consent (
	id INTEGER NOT NULL, 
	response_id INTEGER NOT NULL, 
	use VARCHAR NOT NULL, 
	given BOOLEAN NOT NULL, 
	version INTEGER NOT NULL, 
	language VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_consent PRIMARY KEY (id), 
	CONSTRAINT fk_consent_response_id FOREIGN KEY(response_id) REFERENCES response (id) ON DELETE CASCADE, 
	CONSTRAINT ck_consent_use CHECK (use IN ('class', 'research'))
);
INSERT INTO "consent" VALUES(1,1,'research',1,2,'en','2026-11-02 09:05:15.250000');
INSERT INTO "consent" VALUES(2,1,'class',1,2,'en','2026-11-02 09:05:29.250000');
INSERT INTO "consent" VALUES(3,2,'research',1,2,'en','2026-11-02 09:07:07.250000');
INSERT INTO "consent" VALUES(4,2,'class',1,2,'en','2026-11-02 09:07:21.250000');
INSERT INTO "consent" VALUES(5,2,'research',0,2,'en','2026-11-02 09:07:35.250000');
INSERT INTO "consent" VALUES(6,3,'class',1,2,'en','2026-11-02 09:08:17.250000');
INSERT INTO "consent" VALUES(7,3,'class',0,2,'en','2026-11-02 09:08:31.250000');
INSERT INTO "consent" VALUES(8,3,'research',1,2,'en','2026-11-02 09:08:45.250000');
INSERT INTO "consent" VALUES(9,4,'research',1,2,'en','2026-11-02 09:09:13.250000');
INSERT INTO "consent" VALUES(10,5,'research',1,2,'en','2026-11-02 09:09:41.250000');
INSERT INTO "consent" VALUES(11,6,'research',1,2,'en','2026-11-02 09:10:23.250000');
INSERT INTO "consent" VALUES(12,7,'research',1,2,'en','2026-11-02 09:11:05.250000');
INSERT INTO "consent" VALUES(13,8,'research',1,2,'en','2026-11-02 09:12:01.250000');
INSERT INTO "consent" VALUES(16,11,'class',1,1,'en','2026-11-02 09:13:25.250000');
INSERT INTO "consent" VALUES(17,12,'class',1,1,'en','2026-11-02 09:16:34.250000');
INSERT INTO "consent" VALUES(18,13,'class',1,1,'en','2026-11-02 09:19:57.250000');
CREATE TABLE display (
	id INTEGER NOT NULL, 
	response_id INTEGER NOT NULL, 
	question VARCHAR NOT NULL, 
	shown_number INTEGER, 
	edited TEXT, 
	edited_number INTEGER, 
	flagged BOOLEAN NOT NULL, 
	theme VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	updated_at DATETIME NOT NULL, 
	CONSTRAINT pk_display PRIMARY KEY (id), 
	CONSTRAINT fk_display_response_id FOREIGN KEY(response_id) REFERENCES response (id) ON DELETE CASCADE, 
	CONSTRAINT uq_display_response_id UNIQUE (response_id, question)
);
INSERT INTO "display" VALUES(1,1,'patient_plan',2,NULL,NULL,0,'',1,'2026-11-02 09:24:02.250000');
INSERT INTO "display" VALUES(2,1,'what_happened',12,'The invented night, edited.',12,0,'night',3,'2026-11-02 09:25:12.250000');
INSERT INTO "display" VALUES(3,2,'professional_relationship',NULL,NULL,NULL,1,'',3,'2026-11-02 09:26:22.250000');
CREATE TABLE failed_join (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_failed_join PRIMARY KEY (id)
);
CREATE TABLE failed_resume (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_failed_resume PRIMARY KEY (id)
);
CREATE TABLE handed_out (
	id INTEGER NOT NULL, 
	pseudonym VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_handed_out PRIMARY KEY (id)
);
INSERT INTO "handed_out" VALUES(1,'L-J8FSSZ5A','answers.csv','2026-11-02 09:27:18.250000');
INSERT INTO "handed_out" VALUES(2,'L-MNPZX45H','answers.csv','2026-11-02 09:27:18.250000');
INSERT INTO "handed_out" VALUES(3,'L-MXXQKFBF','answers.csv','2026-11-02 09:27:18.250000');
CREATE TABLE joined (
	id INTEGER NOT NULL, 
	session VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	CONSTRAINT pk_joined PRIMARY KEY (id), 
	CONSTRAINT uq_joined_session UNIQUE (session, digest)
);
INSERT INTO "joined" VALUES(1,'nursing-monday-qftcd4','581d53407600258516898cd25d6c77c3b82959eb56e111d21b47852e489c7484');
INSERT INTO "joined" VALUES(2,'nursing-monday-qftcd4','35e1b937af5ebead2f2fa8ba57cd889e986ba0f6f2646832150d532fa1f98dc3');
INSERT INTO "joined" VALUES(3,'nursing-monday-qftcd4','43f5c3fdda4475fa9242b26d3652483814441e714d6ec12b3de3fe7cf3771791');
INSERT INTO "joined" VALUES(4,'nursing-monday-qftcd4','8d0aa0ebaaae8b09d4d191e3febc99606ede03aa981dc5f83f950bce66575f10');
CREATE TABLE learner (
	id INTEGER NOT NULL, 
	pseudonym VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_learner PRIMARY KEY (id), 
	CONSTRAINT uq_learner_pseudonym UNIQUE (pseudonym)
);
INSERT INTO "learner" VALUES(1,'L-MXXQKFBF','2026-11-02 09:00:56.250000');
INSERT INTO "learner" VALUES(2,'L-5KZNWJ47','2026-11-02 09:01:03.250000');
INSERT INTO "learner" VALUES(3,'L-TAN9ZT24','2026-11-02 09:01:10.250000');
INSERT INTO "learner" VALUES(4,'L-MNPZX45H','2026-11-02 09:01:17.250000');
INSERT INTO "learner" VALUES(5,'L-Y43KWJRP','2026-11-02 09:01:24.250000');
INSERT INTO "learner" VALUES(6,'L-1XPA7Z3D','2026-11-02 09:01:31.250000');
INSERT INTO "learner" VALUES(9,'L-M83XSSSS','2026-11-02 09:13:11.250000');
INSERT INTO "learner" VALUES(10,'L-3C4DWA7N','2026-11-02 09:16:20.250000');
INSERT INTO "learner" VALUES(11,'L-96Q14DR9','2026-11-02 09:19:43.250000');
CREATE TABLE learner_key (
	id INTEGER NOT NULL, 
	learner_id INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT pk_learner_key PRIMARY KEY (id), 
	CONSTRAINT fk_learner_key_learner_id FOREIGN KEY(learner_id) REFERENCES learner (id) ON DELETE CASCADE, 
	CONSTRAINT uq_learner_key_digest UNIQUE (digest), 
	CONSTRAINT ck_learner_key_kind CHECK (kind IN ('device', 'resume'))
);
INSERT INTO "learner_key" VALUES(1,1,'device','9028eda25c7af4cec6c0f1c6ead53399cbdba707d31588ddd70d872178af4757','2026-11-02 09:00:56.250000');
INSERT INTO "learner_key" VALUES(2,2,'device','336acb6fc6485158bcc9b870a249e99352a89d095716edad5cd7cedcd008e235','2026-11-02 09:01:03.250000');
INSERT INTO "learner_key" VALUES(3,3,'device','c4fba93d289722e42fa653ae2e1f3e59170eba418713aad28ab9c9edc1435422','2026-11-02 09:01:10.250000');
INSERT INTO "learner_key" VALUES(4,4,'device','b62b2ab13011225d9ddc1e5fe57525da49b8a14a39d91f6147cb67793684d1eb','2026-11-02 09:01:17.250000');
INSERT INTO "learner_key" VALUES(5,5,'device','8f91ffaa70e66d78ae3a8d8ec25963de1cb7b29998498eb8a6ae9df54816aba2','2026-11-02 09:01:24.250000');
INSERT INTO "learner_key" VALUES(6,6,'device','047e63e15669d58435d9cca6ac560d1fea9b497f1eee9cf7fd3bc9c1b3a27cd6','2026-11-02 09:01:31.250000');
INSERT INTO "learner_key" VALUES(9,1,'resume','340b03200c2d188b7d07201cbe51d36fc6c35c67baac512156e29baa149e61f8','2026-11-02 09:13:04.250000');
INSERT INTO "learner_key" VALUES(10,9,'device','f79a39f199b7ebdf9538016e6d8b08812216e0c186e55feb9362af31378f49f7','2026-11-02 09:13:11.250000');
INSERT INTO "learner_key" VALUES(11,10,'device','75c6a8d7bb5ac931ac9c1e00174708ce832461eff0c6b44ca129e1ca950098ab','2026-11-02 09:16:20.250000');
INSERT INTO "learner_key" VALUES(12,11,'device','6f32cd52dd1e53db52c1756c6b7b24b8e38a9df16a37571873f99d582431db2b','2026-11-02 09:19:43.250000');
CREATE TABLE moderation (
	id INTEGER NOT NULL, 
	response_id INTEGER NOT NULL, 
	session VARCHAR NOT NULL, 
	question VARCHAR NOT NULL, 
	action VARCHAR NOT NULL, 
	"before" JSON NOT NULL, 
	"after" JSON NOT NULL, 
	"by" VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	undone BOOLEAN NOT NULL, 
	CONSTRAINT pk_moderation PRIMARY KEY (id), 
	CONSTRAINT fk_moderation_response_id FOREIGN KEY(response_id) REFERENCES response (id) ON DELETE CASCADE
);
INSERT INTO "moderation" VALUES(1,1,'nursing-monday-qftcd4','patient_plan','show','{"shown_number": null, "edited": null, "edited_number": null, "flagged": false, "theme": ""}','{"shown_number": 2, "edited": null, "edited_number": null, "flagged": false, "theme": ""}','teacher','2026-11-02 09:24:02.250000',0);
INSERT INTO "moderation" VALUES(2,1,'nursing-monday-qftcd4','what_happened','edit','{"shown_number": null, "edited": null, "edited_number": null, "flagged": false, "theme": ""}','{"shown_number": null, "edited": "The invented night, edited.", "edited_number": 12, "flagged": false, "theme": ""}','teacher','2026-11-02 09:24:30.250000',0);
INSERT INTO "moderation" VALUES(3,1,'nursing-monday-qftcd4','what_happened','show','{"shown_number": null, "edited": "The invented night, edited.", "edited_number": 12, "flagged": false, "theme": ""}','{"shown_number": 12, "edited": "The invented night, edited.", "edited_number": 12, "flagged": false, "theme": ""}','teacher','2026-11-02 09:24:51.250000',0);
INSERT INTO "moderation" VALUES(4,1,'nursing-monday-qftcd4','what_happened','theme','{"shown_number": 12, "edited": "The invented night, edited.", "edited_number": 12, "flagged": false, "theme": ""}','{"shown_number": 12, "edited": "The invented night, edited.", "edited_number": 12, "flagged": false, "theme": "night"}','teacher','2026-11-02 09:25:12.250000',0);
INSERT INTO "moderation" VALUES(5,2,'nursing-monday-qftcd4','professional_relationship','flag','{"shown_number": null, "edited": null, "edited_number": null, "flagged": false, "theme": ""}','{"shown_number": null, "edited": null, "edited_number": null, "flagged": true, "theme": ""}','teacher','2026-11-02 09:25:40.250000',0);
INSERT INTO "moderation" VALUES(6,2,'nursing-monday-qftcd4','professional_relationship','show','{"shown_number": null, "edited": null, "edited_number": null, "flagged": true, "theme": ""}','{"shown_number": 2, "edited": null, "edited_number": null, "flagged": true, "theme": ""}','teacher','2026-11-02 09:26:01.250000',1);
INSERT INTO "moderation" VALUES(7,2,'nursing-monday-qftcd4','professional_relationship','undo','{"shown_number": 2, "edited": null, "edited_number": null, "flagged": true, "theme": ""}','{"shown_number": null, "edited": null, "edited_number": null, "flagged": true, "theme": ""}','teacher','2026-11-02 09:26:22.250000',1);
CREATE TABLE response (
	id INTEGER NOT NULL, 
	learner_id INTEGER NOT NULL, 
	session VARCHAR NOT NULL, 
	study_key VARCHAR NOT NULL, 
	state VARCHAR NOT NULL, 
	place VARCHAR NOT NULL, 
	handed_in_at DATETIME, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, changes INTEGER DEFAULT '0' NOT NULL, 
	CONSTRAINT pk_response PRIMARY KEY (id), 
	CONSTRAINT fk_response_learner_id FOREIGN KEY(learner_id) REFERENCES learner (id) ON DELETE CASCADE, 
	CONSTRAINT uq_response_learner_id UNIQUE (learner_id, session, study_key), 
	CONSTRAINT ck_response_state CHECK (state IN ('in-progress', 'completed', 'amended'))
);
INSERT INTO "response" VALUES(1,1,'nursing-monday-qftcd4','paul_on_coproduction','amended','','2026-11-02 09:05:43.250000','2026-11-02 09:01:52.250000','2026-11-02 09:06:11.250000',22);
INSERT INTO "response" VALUES(2,2,'nursing-monday-qftcd4','paul_on_coproduction','in-progress','',NULL,'2026-11-02 09:06:18.250000','2026-11-02 09:06:53.250000',9);
INSERT INTO "response" VALUES(3,3,'nursing-monday-qftcd4','paul_on_coproduction','in-progress','',NULL,'2026-11-02 09:07:42.250000','2026-11-02 09:08:03.250000',5);
INSERT INTO "response" VALUES(4,4,'nursing-monday-qftcd4','paul_on_coproduction','in-progress','',NULL,'2026-11-02 09:08:52.250000','2026-11-02 09:08:59.250000',2);
INSERT INTO "response" VALUES(5,4,'nursing-tuesday-dkd4wc','paul_on_coproduction','completed','','2026-11-02 09:09:55.250000','2026-11-02 09:09:20.250000','2026-11-02 09:09:55.250000',3);
INSERT INTO "response" VALUES(6,5,'self-paced','paul_on_coproduction','in-progress','b/patient_plan',NULL,'2026-11-02 09:10:02.250000','2026-11-02 09:11:19.250000',3);
INSERT INTO "response" VALUES(7,5,'self-paced','home_care','in-progress','',NULL,'2026-11-02 09:10:30.250000','2026-11-02 09:10:51.250000',3);
INSERT INTO "response" VALUES(8,6,'home-care-course-77jre4','home_care','in-progress','',NULL,'2026-11-02 09:11:26.250000','2026-11-02 09:11:47.250000',3);
INSERT INTO "response" VALUES(11,9,'practice-session-kc4fpw','paul_on_coproduction','completed','','2026-11-02 09:23:13.250000','2026-11-02 09:13:18.250000','2026-11-02 09:23:13.250000',14);
INSERT INTO "response" VALUES(12,10,'practice-session-kc4fpw','paul_on_coproduction','completed','','2026-11-02 09:23:27.250000','2026-11-02 09:16:27.250000','2026-11-02 09:23:27.250000',15);
INSERT INTO "response" VALUES(13,11,'practice-session-kc4fpw','paul_on_coproduction','completed','','2026-11-02 09:23:41.250000','2026-11-02 09:19:50.250000','2026-11-02 09:23:41.250000',15);
CREATE TABLE revision (
	id INTEGER NOT NULL, 
	response_id INTEGER NOT NULL, 
	question VARCHAR NOT NULL, 
	number INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	study_version INTEGER NOT NULL, 
	language VARCHAR NOT NULL, 
	saved_at DATETIME NOT NULL, 
	CONSTRAINT pk_revision PRIMARY KEY (id), 
	CONSTRAINT fk_revision_response_id FOREIGN KEY(response_id) REFERENCES response (id) ON DELETE CASCADE, 
	CONSTRAINT uq_revision_response_id UNIQUE (response_id, question, number)
);
INSERT INTO "revision" VALUES(1,1,'role_professional',1,'night nurse',1,'en','2026-11-02 09:01:59.250000');
INSERT INTO "revision" VALUES(2,1,'what_happened',1,'The invented night, told for the 1. time: they sat with us and asked.',1,'en','2026-11-02 09:02:13.250000');
INSERT INTO "revision" VALUES(3,1,'what_happened',2,'The invented night, told for the 2. time: they sat with us and asked.',1,'en','2026-11-02 09:02:27.250000');
INSERT INTO "revision" VALUES(4,1,'what_happened',3,'The invented night, told for the 3. time: they sat with us and asked.',1,'en','2026-11-02 09:02:41.250000');
INSERT INTO "revision" VALUES(5,1,'what_happened',4,'The invented night, told for the 4. time: they sat with us and asked.',1,'en','2026-11-02 09:02:55.250000');
INSERT INTO "revision" VALUES(6,1,'what_happened',5,'The invented night, told for the 5. time: they sat with us and asked.',1,'en','2026-11-02 09:03:09.250000');
INSERT INTO "revision" VALUES(7,1,'what_happened',6,'The invented night, told for the 6. time: they sat with us and asked.',1,'en','2026-11-02 09:03:23.250000');
INSERT INTO "revision" VALUES(8,1,'what_happened',7,'The invented night, told for the 7. time: they sat with us and asked.',1,'en','2026-11-02 09:03:37.250000');
INSERT INTO "revision" VALUES(9,1,'what_happened',8,'The invented night, told for the 8. time: they sat with us and asked.',1,'en','2026-11-02 09:03:51.250000');
INSERT INTO "revision" VALUES(10,1,'what_happened',9,'The invented night, told for the 9. time: they sat with us and asked.',1,'en','2026-11-02 09:04:05.250000');
INSERT INTO "revision" VALUES(11,1,'what_happened',10,'The invented night, told for the 10. time: they sat with us and asked.',1,'en','2026-11-02 09:04:19.250000');
INSERT INTO "revision" VALUES(12,1,'what_happened',11,'The invented night, told for the 11. time: they sat with us and asked.',1,'en','2026-11-02 09:04:33.250000');
INSERT INTO "revision" VALUES(13,1,'what_happened',12,'The invented night, told for the 12. time: they sat with us and asked.',1,'en','2026-11-02 09:04:47.250000');
INSERT INTO "revision" VALUES(14,1,'patient_plan',1,'He chose the day.',1,'en','2026-11-02 09:05:01.250000');
INSERT INTO "revision" VALUES(15,1,'patient_plan',2,'He chose the day and the ward.',1,'en','2026-11-02 09:06:11.250000');
INSERT INTO "revision" VALUES(16,2,'what_happened',1,'An invented morning on the ward.',1,'en','2026-11-02 09:06:25.250000');
INSERT INTO "revision" VALUES(17,2,'professional_relationship',1,'She sat down first.',1,'en','2026-11-02 09:06:39.250000');
INSERT INTO "revision" VALUES(18,2,'professional_relationship',2,'She sat down first, and waited.',1,'en','2026-11-02 09:06:53.250000');
INSERT INTO "revision" VALUES(19,3,'what_happened',1,'An invented visit. “Quotes”, ''apostrophes'', commas,
lines, =1+1, åäö and 日本語.',1,'en','2026-11-02 09:07:49.250000');
INSERT INTO "revision" VALUES(20,3,'patient_relationship',1,'We told them what a day is like.',1,'en','2026-11-02 09:08:03.250000');
INSERT INTO "revision" VALUES(21,4,'what_happened',1,'In both classes, the first.',1,'en','2026-11-02 09:08:59.250000');
INSERT INTO "revision" VALUES(22,5,'what_happened',1,'In both classes, the second.',1,'en','2026-11-02 09:09:27.250000');
INSERT INTO "revision" VALUES(23,6,'what_happened',1,'Alone, on the kit''s own questions.',1,'en','2026-11-02 09:10:09.250000');
INSERT INTO "revision" VALUES(24,7,'what_happened',1,'Alone, on questions about home care.',1,'en','2026-11-02 09:10:37.250000');
INSERT INTO "revision" VALUES(25,7,'what_happened',2,'Alone, on questions about home care, once more.',1,'en','2026-11-02 09:10:51.250000');
INSERT INTO "revision" VALUES(26,8,'what_happened',1,'At home, invented.',1,'en','2026-11-02 09:11:33.250000');
INSERT INTO "revision" VALUES(27,8,'who_helped',1,'A neighbour who is not real.',1,'en','2026-11-02 09:11:47.250000');
INSERT INTO "revision" VALUES(30,11,'role_professional',1,'nurse-midwife',1,'en','2026-11-02 09:13:39.250000');
INSERT INTO "revision" VALUES(31,11,'role_patient',1,'mother',1,'en','2026-11-02 09:13:53.250000');
INSERT INTO "revision" VALUES(32,11,'what_happened',1,'Night duty in the long rains. We were two on maternity with nine mothers and the lights kept on going. This one, gravida two, refused the couch. She went down on the floor on her knees holding the cot, and my colleague began to quarrel her. I told my colleague to leave her. I spread two mackintoshes and a clean leso and knelt also, at my age. Baby came well, just above three kilos, no tear. In the morning the in-charge wanted to know who had authorised it.',1,'en','2026-11-02 09:14:07.250000');
INSERT INTO "revision" VALUES(33,11,'professional_contribution',1,'I left her where she was. We were trained that a mother on the floor means somebody has lost control of the ward.',1,'en','2026-11-02 09:14:21.250000');
INSERT INTO "revision" VALUES(34,11,'patient_contribution',1,'She insisted. A mother here does not normally insist; if she shouts, she is reminded that nine months ago she was not shouting. I have said that thing myself, and more than once.',1,'en','2026-11-02 09:14:35.250000');
INSERT INTO "revision" VALUES(35,11,'professional_relationship',1,'I asked what they call her at home and used that. When the lights went I put the torch in my mouth and she laughed at me between the pains. I gave her my tea.',1,'en','2026-11-02 09:14:49.250000');
INSERT INTO "revision" VALUES(36,11,'patient_relationship',1,'She apologised for troubling me! Then she sent her mother-in-law for a chicken, which we are not allowed to receive. It was received.',1,'en','2026-11-02 09:15:03.250000');
INSERT INTO "revision" VALUES(37,11,'professional_plan',1,'There was a partograph and I filled it, mostly afterwards. What I had decided was second stage on the floor for half an hour at most, and if the fetal heart drops we climb up on the couch, no discussion. I informed her of this. I can''t say I asked.',1,'en','2026-11-02 09:15:17.250000');
INSERT INTO "revision" VALUES(38,11,'professional_carrying_out',1,'Listening with the fetoscope while lying nearly flat under her. Oxytocin drawn up in my pocket. My colleague, still annoyed, brought the resuscitation bag anyway and she is the one who dried the baby.',1,'en','2026-11-02 09:15:31.250000');
INSERT INTO "revision" VALUES(39,11,'patient_carrying_out',1,'She pushed when she felt it and not when I said push. I told her twice. Not yet, sister, she answered, and was correct.',1,'en','2026-11-02 09:15:45.250000');
INSERT INTO "revision" VALUES(40,11,'resources_and_supports',1,'Torch. Gloves, which that week we had. Her mother-in-law was holding her from behind, and she should have been outside the gate with the other relatives, only the watchman was sleeping or pretending to. Delivery is free under the government programme so at least nobody was being sent out to buy cotton wool.',1,'en','2026-11-02 09:15:59.250000');
INSERT INTO "revision" VALUES(41,11,'difficult_to_do_consistently',1,'Seniority. If the in-charge was on duty I would not have dared, and the mother would not have dared if she had found the other nurse alone. I had to write a statement, one and a half pages, on why a delivery without any complication was conducted on the floor. In all my years I have not been asked for a statement about a mother who was slapped. Again we are few, and transfers come without notice. There is a birthing stool a donor brought us; it is in the store behind some broken incubators and the person with the key is on leave.',1,'en','2026-11-02 09:16:13.250000');
INSERT INTO "revision" VALUES(42,12,'role_professional',1,'consultant',1,'en','2026-11-02 09:16:48.250000');
INSERT INTO "revision" VALUES(43,12,'role_patient',1,'older man',1,'en','2026-11-02 09:17:02.250000');
INSERT INTO "revision" VALUES(44,12,'what_happened',1,'Third-year placement, satellite unit. An older Gujarati-speaking gentleman kept coming off early, like forty minutes early, most sessions, and his bloods were grim. The consultant did what I''d call a masterclass. She pulled up a stool, got his daughter-in-law on speaker because the interpreter line had a twenty-minute queue, and within one ward round it was sorted: he''d do the full four hours, with a signed agreement. She managed it while going through his fluid chart so no time was wasted. He did stay on that day, and I believe the time after.',1,'en','2026-11-02 09:17:16.250000');
INSERT INTO "revision" VALUES(45,12,'professional_contribution',1,'Eye level. That''s half of our communication skills module in one piece of furniture. She also explained potassium using football, the whole thing with defenders.',1,'en','2026-11-02 09:17:30.250000');
INSERT INTO "revision" VALUES(46,12,'patient_contribution',1,'He nodded throughout and didn''t interrupt, which honestly not all of them manage. The daughter-in-law did say something about his legs at one point but the line was bad.',1,'en','2026-11-02 09:17:44.250000');
INSERT INTO "revision" VALUES(47,12,'professional_relationship',1,'Humour! She said ''we''ll be chaining you to that chair'' and the entire bay cracked up. I don''t think it got translated.',1,'en','2026-11-02 09:17:58.250000');
INSERT INTO "revision" VALUES(48,12,'patient_relationship',1,'Quiet sort of man. He held onto her hand for a while at the end, and saved me a custard cream off his tray.',1,'en','2026-11-02 09:18:12.250000');
INSERT INTO "revision" VALUES(49,12,'professional_plan',1,'She already had the agreement printed, so full marks for preparation. Four hours, no exceptions without medical review, repeat bloods in a fortnight, large font. Apparently they use the same page for all the early-leavers and I''ve asked for a copy for my portfolio.',1,'en','2026-11-02 09:18:26.250000');
INSERT INTO "revision" VALUES(50,12,'patient_plan',1,'Not masses, in fairness, but agreeing is a contribution. Our tutor says silence can be a form of participation in some cultures.',1,'en','2026-11-02 09:18:40.250000');
INSERT INTO "revision" VALUES(51,12,'professional_carrying_out',1,'The staff moved him to the chair nearest the desk. When his hand went towards the clamp somebody would call ''not yet!'', all friendly.',1,'en','2026-11-02 09:18:54.250000');
INSERT INTO "revision" VALUES(52,12,'patient_carrying_out',1,'He sat it out. Well, for the last bit he stood up next to the chair, as far as the lines would let him, sort of marching on the spot and holding the rail. One of the HCAs thought it was a protest but I read it as him finding his own way to cope.',1,'en','2026-11-02 09:19:08.250000');
INSERT INTO "revision" VALUES(53,12,'resources_and_supports',1,'Daughter-in-law (free, fluent, picked up on second ring even though she was on the till at work). Stool. Potassium poster with a sad banana.',1,'en','2026-11-02 09:19:22.250000');
INSERT INTO "revision" VALUES(54,12,'difficult_to_do_consistently',1,'Time, obviously, and not every consultant will sit down. Interpreters too: if the family hadn''t picked up we''d have been stuck with the phone service, and they translate every single word, which drags. I''d add motivation. Some patients just don''t seem to want their full dose and it''s tricky to know why. I did mean to go back and ask him with a proper interpreter but my block finished that week.',1,'en','2026-11-02 09:19:36.250000');
INSERT INTO "revision" VALUES(55,13,'role_professional',1,'district nurse',1,'en','2026-11-02 09:20:11.250000');
INSERT INTO "revision" VALUES(56,13,'role_patient',1,'retired lorry driver',1,'en','2026-11-02 09:20:25.250000');
INSERT INTO "revision" VALUES(57,13,'what_happened',1,'Well you want the leg, I suppose. It started with the coal scuttle, which I''ve still got although we''ve had no coal since my wife was alive, she liked it for magazines, and I barked my shin on it going for the telephone, somebody selling windows. That was the spring. By the back end it was the size of a beer mat and coming through my sock. They''d sent four or five different girls to bandage it, all very nice, and every night about two I cut the thing off with the kitchen scissors and told them it had slipped. Then a new one looked in my pedal bin, and after that it started to heal.',1,'en','2026-11-02 09:20:39.250000');
INSERT INTO "revision" VALUES(58,13,'professional_contribution',1,'She held it up out of the bin like a dead eel and asked was it what she thought it was, and I thought here we go, because the one before had put ''non-compliant'' in the folder. I''d read it. They leave the folder in your house so what do they expect. But she sat down on the pouffe and wanted to know what two o''clock in the morning was like. My brother-in-law was the same with his teeth, as it happens, wore them for the dentist and had them in a cup the rest of the year, and he''d been an alderman. So that''s what she did, she asked, and she didn''t write it down till after.',1,'en','2026-11-02 09:20:53.250000');
INSERT INTO "revision" VALUES(59,13,'patient_contribution',1,'Owned up, I suppose. Only because she''d got the evidence in her hand, mind. I''d not have volunteered it.',1,'en','2026-11-02 09:21:07.250000');
INSERT INTO "revision" VALUES(60,13,'professional_relationship',1,'The dog took against her straight off, he''s a terrier cross and goes for anything in navy trousers, and I said I''d shut him in the back but she said no, it''s his house, and she brought a digestive every visit until he''d be up at the window before I''d heard the car. I had a mate could do that with weighbridge men. She never called me ''my darling'', which some do and I''m not their darling. It was Mister and my surname until I told her not to bother, and then she asked what I''d like instead, and it wasn''t my proper name I gave her either, it was what they called me at the depot.',1,'en','2026-11-02 09:21:21.250000');
INSERT INTO "revision" VALUES(61,13,'patient_relationship',1,'I don''t know that you do anything, it''s more they come and you''re in. I put the fire on in the front room beforehand because her hands were like ice, so that was self-defence. I showed her the photographs from when I drove abroad, Turkey and that, and it came out her father had been on the ferries, and we worked out he might well have loaded me. And I stopped fibbing. I told her one week I''d had it off for the football because my foot had gone blue, and she said blue she needed to know about, and I''ve rung up about blue twice since. They play you a bit of piano while you wait.',1,'en','2026-11-02 09:21:35.250000');
INSERT INTO "revision" VALUES(62,13,'professional_plan',1,'There was a proper talk about it with the wound nurse on the loudspeaker, the phone propped on the biscuit tin. The wound nurse wanted the full four layers because that''s what heals it, and mine said to her, in front of me, that I wouldn''t wear it so it would heal nothing. Rude but fair. So it was two stockings, one over the other, where the under one stays on all night and the tight one comes off when I turn in. It would be slower and she said so. She showed me with her finger and thumb how much it ought to shrink in a month, like an angler going the other way.',1,'en','2026-11-02 09:21:49.250000');
INSERT INTO "revision" VALUES(63,13,'patient_plan',1,'My say was that I''d be the one who decided when the top one came off, within reason, ten o''clock being reason. No visits before nine as I''m no use to anybody. And I''d get the foot up of an afternoon, though I told her it would be on the dog''s chair with the racing on.',1,'en','2026-11-02 09:22:03.250000');
INSERT INTO "revision" VALUES(64,13,'professional_carrying_out',1,'Measured my leg in about nine places, sent away for the stockings, wrong ones came, sent away again. Taught me the business with the carrier bag, where you put the bag on your foot first and the stocking goes on over it and then you draw the bag out through the toe. Every other week she went round the hole with a felt pen on a bit of clear film and we held the new one over the old one against the window, the same as my wife with her dress patterns. She used to do them on the floor in here, on her knees, with pins in her mouth, and you couldn''t get to the sideboard.',1,'en','2026-11-02 09:22:17.250000');
INSERT INTO "revision" VALUES(65,13,'patient_carrying_out',1,'Did the stockings myself every morning, which at eighty-one is twenty minutes and some language. Cream when I remembered. Scissors stopped in the shed.',1,'en','2026-11-02 09:22:31.250000');
INSERT INTO "revision" VALUES(66,13,'resources_and_supports',1,'The lad next door, who took the wrong stockings back because the chemist wouldn''t fetch them. There''s a sort of metal frame you stand the stocking on, that you''re meant to be lent, and they hadn''t one, so he made me one out of drainpipe and sanded the edges. He''s at college for plumbing, he''s had a hard time of it with his dad. Then the wound nurse being on the end of the phone, because otherwise mine would have had to go away and ask and come back the week after, which is how the first lot did it. My pension, I suppose, if you''re counting, I had that fire on a good deal more than I would have.',1,'en','2026-11-02 09:22:45.250000');
INSERT INTO "revision" VALUES(67,13,'difficult_to_do_consistently',1,'Time. She''d a thing on her wrist that buzzed. A quarter of an hour they get for a leg, she told me, and you can''t sit on a pouffe in that. And it''s pot luck who turns up. While she was off with her gallbladder I''d a young man who had read the old page in the folder, the one with that word on, and he talked to me as if I was a parcel that had come back. It''s never been crossed out. I asked could I cross it out myself and he said no, it was a legal document, and I said it''s in my sideboard. I''m not saying anything against him, he did a very neat bandage.',1,'en','2026-11-02 09:22:59.250000');
CREATE TABLE section_phase (
	id INTEGER NOT NULL, 
	session VARCHAR NOT NULL, 
	section VARCHAR NOT NULL, 
	phase VARCHAR NOT NULL, 
	CONSTRAINT pk_section_phase PRIMARY KEY (id), 
	CONSTRAINT uq_section_phase_session UNIQUE (session, section), 
	CONSTRAINT ck_section_phase_phase CHECK (phase IN ('writing', 'sharing', 'discussion', 'closed'))
);
INSERT INTO "section_phase" VALUES(1,'nursing-monday-qftcd4','relationship_and_action','sharing');
CREATE TABLE "session" (
	id INTEGER NOT NULL, 
	name VARCHAR NOT NULL, 
	title VARCHAR NOT NULL, 
	study_key VARCHAR NOT NULL, 
	retain_until DATETIME, 
	created_at DATETIME NOT NULL, 
	code VARCHAR, 
	language VARCHAR DEFAULT 'en' NOT NULL, 
	phase VARCHAR DEFAULT 'writing' NOT NULL, 
	closed_at DATETIME, 
	wall_key VARCHAR, until DATETIME, 
	CONSTRAINT pk_session PRIMARY KEY (id), 
	CONSTRAINT uq_session_name UNIQUE (name), 
	CONSTRAINT uq_session_code UNIQUE (code), 
	CONSTRAINT ck_session_phase CHECK (phase IN ('joining', 'writing', 'sharing', 'discussion', 'closed'))
);
INSERT INTO "session" VALUES(1,'nursing-monday-qftcd4','Nursing, Monday','paul_on_coproduction','2099-12-31 23:59:59.999999','2026-11-02 09:00:07.250000','ER7C3J','en','writing',NULL,'6b0d549b6f03675a1600a35a099950d8',NULL);
INSERT INTO "session" VALUES(2,'nursing-tuesday-dkd4wc','Nursing, Tuesday','paul_on_coproduction',NULL,'2026-11-02 09:00:14.250000','7EK7C7','en','closed','2026-11-30 13:37:56.915755','f9ebdacc0cb1e29c658cda1495e60af5',NULL);
INSERT INTO "session" VALUES(3,'practice-session-kc4fpw','Practice session','paul_on_coproduction',NULL,'2026-11-02 09:00:21.250000','F4E7P4','en','joining',NULL,'1a61dbe22e44158bae97ba94d0eda82f',NULL);
INSERT INTO "session" VALUES(4,'home-care-course-77jre4','Home care course','home_care',NULL,'2026-11-02 09:00:28.250000','D7C9JY','en','joining',NULL,'c6f877186d76b07e881ed162ae2eb154',NULL);
INSERT INTO "session" VALUES(5,'self-paced','Paul on Coproduction','paul_on_coproduction','2099-06-30 23:59:59.999999','2026-11-02 09:00:42.250000',NULL,'en','writing',NULL,NULL,NULL);
CREATE TABLE withdrawal (
	id INTEGER NOT NULL, 
	pseudonym VARCHAR NOT NULL, 
	at DATETIME NOT NULL, 
	"by" VARCHAR NOT NULL, 
	CONSTRAINT pk_withdrawal PRIMARY KEY (id), 
	CONSTRAINT uq_withdrawal_pseudonym UNIQUE (pseudonym), 
	CONSTRAINT ck_withdrawal_by CHECK (by IN ('learner', 'instructor', 'purge'))
);
INSERT INTO "withdrawal" VALUES(1,'L-J8FSSZ5A','2026-11-02 09:27:25.250000','learner');
INSERT INTO "withdrawal" VALUES(2,'L-WSH8VHTP','2026-11-02 09:27:32.250000','instructor');
CREATE INDEX ix_learner_key_learner_id ON learner_key (learner_id);
CREATE INDEX ix_consent_response_id ON consent (response_id);
CREATE INDEX ix_handed_out_pseudonym ON handed_out (pseudonym);
CREATE INDEX ix_response_session ON response (session);
CREATE INDEX ix_moderation_response_id ON moderation (response_id);
CREATE INDEX ix_moderation_session ON moderation (session);
COMMIT;
