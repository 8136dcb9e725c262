using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace SaeKernels.Report;

/// <summary>The page around the parts: its script and style are embedded, and nothing else may run or load.</summary>
internal static class PageTemplate
{
    /// <summary>Fills the page.</summary>
    /// <param name="title">The title, any text.</param>
    /// <param name="parts">The elements with the parts; they hold letters, digits and signs of base64 only.</param>
    /// <param name="connect">From where the page may fetch parts, in the words of a Content-Security-Policy.</param>
    public static string Fill(string title, string parts, string connect)
    {
        string script = Asset("page.js").TrimEnd('\n');
        string style = Asset("page.css").TrimEnd('\n');
        string policy = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
            + $"script-src 'sha256-{Hash(script)}'; style-src 'sha256-{Hash(style)}'; connect-src {connect}";
        Dictionary<string, string> values = new()
        {
            ["{policy}"] = policy,
            ["{title}"] = WebUtility.HtmlEncode(title),
            ["{style}"] = style,
            ["{script}"] = script,
            ["{parts}"] = parts,
        };
        StringBuilder page = new();
        string template = Asset("page.html");
        int done = 0;
        // One pass over the template: what is filled in is not searched again.
        for (int open = template.IndexOf('{'); open >= 0; open = template.IndexOf('{', done))
        {
            int close = template.IndexOf('}', open) + 1;
            page.Append(template, done, open - done).Append(values[template[open..close]]);
            done = close;
        }

        return page.Append(template, done, template.Length - done).ToString();
    }

    private static string Asset(string name)
    {
        using Stream stream = typeof(PageTemplate).Assembly.GetManifestResourceStream(name)!;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
