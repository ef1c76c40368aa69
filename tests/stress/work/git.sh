# git: init, commits, branches, merge, clone, gc, log, status, stash, rebase, fsck.
set -eu
export HOME=$PWD GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
git config --global user.name someone; git config --global user.email some@one.example
git config --global init.defaultBranch main; git config --global advice.detachedHead false
git init -q origin; cd origin
for i in $(seq 1 60); do
	seq $i $((i + 50)) > file$((i % 7)); mkdir -p d$((i % 5)); echo $i > d$((i % 5))/x$i
	git add -A; git commit -q -m "commit $i"
done
git rev-parse HEAD
git checkout -q -b side HEAD~20; echo side > side; git add side; git commit -q -m side
git checkout -q main; git merge -q --no-edit side; git rev-parse HEAD^{tree}
git log --oneline | wc -l; git log --stat -3 | tail -5
git gc -q --aggressive --prune=now; git count-objects -v | grep -E '^(count|in-pack)'
cd ..; git clone -q origin copy; cd copy
git status --short --branch; echo change >> file1; git status --short
git diff --stat; git stash -q; git status --short | wc -l; git stash pop -q
git commit -q -a -m change; git push -q origin HEAD:refs/heads/pushed; git ls-remote . | wc -l
git clone -q --depth 3 "file://$PWD/../origin" ../shallow; git -C ../shallow log --oneline | wc -l
git rebase -q HEAD~3; git fsck 2>&1 | grep -v dangling || true
git archive HEAD | tar t | wc -l; git grep -c 4 -- d1 | wc -l; git blame file1 | wc -l
git worktree add -q ../tree HEAD~2; git -C ../tree status --short | wc -l
git bisect start -q HEAD HEAD~10 > /dev/null; git bisect run sh -c 'test ! -e d1/x56' > /dev/null 2>&1 || true
git bisect reset -q > /dev/null 2>&1 || true; git rev-parse HEAD
