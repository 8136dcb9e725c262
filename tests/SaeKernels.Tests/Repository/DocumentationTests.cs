using System.Reflection;
using System.Xml.Linq;

namespace SaeKernels.Tests.Repository;

/// <summary>Public members say what they are: the compiler only asks for some comment, this for its summary.</summary>
public class DocumentationTests
{
    public static TheoryData<string> Assemblies { get; } =
    [
        .. ProjectFile.All()
            .Where(project => project.Path.Split('/')[0] is "kernels" or "src")
            .Select(project => project.AssemblyName),
    ];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void A_public_member_has_a_summary(string assembly)
    {
        Dictionary<string, XElement> members = Members(assembly);
        HashSet<string> publicTypes =
            [.. Assembly.Load(assembly).GetExportedTypes().Select(type => type.FullName!.Replace('+', '.'))];

        IEnumerable<string> typesWithout = publicTypes
            .Select(type => $"T:{type}")
            .Where(id => !members.ContainsKey(id));
        IEnumerable<string> membersWithout = members
            .Where(member => publicTypes.Contains(TypeOf(member.Key)) && !HasSummary(member.Value))
            .Select(member => member.Key);
        Rule.Holds(
            $"{assembly}: public members have a <summary>", "Say what each is.", typesWithout.Concat(membersWithout));
    }

    private static Dictionary<string, XElement> Members(string assembly)
    {
        string file = Path.Combine(AppContext.BaseDirectory, $"{assembly}.xml");
        return XDocument.Load(file).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
    }

    // "M:Space.Type.Method(System.Int32)" belongs to "Space.Type".
    private static string TypeOf(string id)
    {
        string name = id[2..].Split('(')[0];
        return id.StartsWith("T:", StringComparison.Ordinal) ? name : name[..name.LastIndexOf('.')];
    }

    private static bool HasSummary(XElement member) =>
        member.Element("inheritdoc") is not null || !string.IsNullOrWhiteSpace(member.Element("summary")?.Value);
}
