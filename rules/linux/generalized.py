"""LNX001: the image was generalized."""

from __future__ import annotations

from checker.facts.arm_id import Kind
from checker.facts.unread import FactName, every, negate, read, some
from checker.facts.vhd import Vhd
from checker.fixes.operations import Fix, Safety
from checker.rule import Basis, Context, Fail, Lowered, NotApplicable, Outcome, Pass, Severity, rule
from rules.documents import APPROVED_BASE, GENERALIZE
from rules.linux._documents import AGENT, FAQ
from rules.linux._guest import DEPROVISION, guest_of, has_agent
from rules.linux._witnesses import (
    Witness,
    agent_state,
    authorized_keys,
    cloud_init_state,
    earlier_instances,
    host_keys,
    listed_only,
    passwords,
)


@rule(
    code="LNX001",
    slug="linux-generalized",
    title="The Linux image was generalized",
    severity=Severity.ERROR,
    basis=Basis.DOCUMENTED,
    sources=(APPROVED_BASE, GENERALIZE, FAQ, AGENT),
    kind=Kind.VHD,
    reads=(FactName.GUEST,),
)
def linux_generalized(vhd: Vhd, context: Context) -> Outcome:
    """The image was deprovisioned: nothing is left of the machine that it was made of.

    What it demands
    ---------------
    Several witnesses are heard, and every one is listed with what was seen of it. Decisive are: what the agent keeps
    of one machine in its folder, certificates and keys among it; accounts with a password or with keys; SSH host keys
    that every machine would share, or that deprovisioning would have removed
    (``Provisioning.RegenerateSshHostKeyPair=y``); and the instance that cloud-init remembers, where there is no agent,
    or where cloud-init goes on with it on another machine (``manual_cache_clean``). One of them that certainly speaks
    against the image fails it; all of them read and clean pass it.

    Host keys are shared where nothing makes new ones: waagent.conf does not ask for it, and cloud-init is not there,
    does not run, or has no ``ssh`` among its modules or ``ssh_deletekeys`` off; and always where they lie at another
    place than /etc/ssh/ssh_host_*key*. Where cloud-init's configuration is not plain enough to tell, the rule is not
    evaluated.

    The instance that cloud-init remembers beside an agent, and earlier ones, fail it as info: ``waagent -deprovision``
    leaves them, and on a new machine cloud-init runs again. Where cloud-init is told to remember them at another place
    than /var/lib/cloud, the rule is not evaluated. The machine id, shell histories, DHCP leases, /etc/resolv.conf, the
    host name, accounts with ids from 1000, the rights of provisioned ones and other things in the agent's folder are
    listed only; LNX002, LNX020 and LNX026 judge some of them.

    Why
    ---
    The definition's *Generalized* is a claim. The certification deploys machines from the image, and answers with
    *VM not generalized* or *Provisioning timeout or not properly generalized*. It has no test that looks at this.

    How to fix
    ----------
    Run ``waagent -deprovision+user`` as the last command on the machine, with a plain hyphen: some documents print a
    dash that is no option. It removes only the account that was provisioned last.
    """
    guest = guest_of(vhd)
    if isinstance(guest, NotApplicable):
        return guest
    agent = has_agent(guest)
    cloud = cloud_init_state(vhd, guest)
    alone = Witness("an instance of cloud-init, and no agent", every([negate(agent), cloud.against]), cloud.seen)
    kept = Witness(
        "an instance that cloud-init goes on with on any machine",
        every([cloud.against, guest.cloud_init.keeps_instance]),
        cloud.seen,
    )
    decisive = (agent_state(guest), passwords(vhd, guest), authorized_keys(guest), host_keys(vhd, guest), alone, kept)
    more = earlier_instances(guest)
    listed = (cloud, more, *listed_only(guest))
    evidence = tuple(str(witness) for witness in (*decisive, *listed))
    against = [witness for witness in decisive if witness.against is True]
    fix = Fix("deprovision, and capture the image again", Safety.MANUAL, steps=DEPROVISION)
    if against:
        return Fail(
            "the image was not generalized",
            expected="nothing left of the machine that the image was made of",
            actual="; ".join(f"{witness.name}: {witness.seen}" for witness in against),
            evidence=evidence,
            fix=fix,
        )
    read(some(witness.against for witness in decisive))
    if read(some([cloud.against, more.against])):
        return Fail(
            "cloud-init remembers the machine that the image was made of",
            expected="no instance of cloud-init",
            actual=", ".join(filter(None, (cloud.seen, more.seen))),
            evidence=evidence,
            fix=Fix(
                "make cloud-init forget it",
                Safety.MANUAL,
                steps=("sudo cloud-init clean --logs", *DEPROVISION[1:]),
            ),
            lowered=Lowered(Severity.INFO, "deprovisioning leaves it, and on a new machine cloud-init runs again"),
        )
    return Pass(evidence)
